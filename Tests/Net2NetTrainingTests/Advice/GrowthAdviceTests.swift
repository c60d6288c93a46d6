import Foundation
import Net2Net
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTraining

@Suite(.requiresTorch) struct GrowthAdviceTests {
  /// float64 sums in another order.
  static let tolerance = 1e-8

  static var options: GrowthAdvice.Options {
    GrowthAdvice.Options(batches: 4, batchSize: 64, precision: .float64)
  }

  /// 1 × 4 × 4 images in eight classes: the signs of three sums of pixels.
  static func signs(_ count: Int = 1024) throws -> DataSet {
    let draw = Draw(seed: 3)
    let images = Tensor(elementType: .uint8, shape: [count, 1, 4, 4]) {
      Double(draw.integer($0, below: 256))
    }
    let values = images.doubles()
    let labels = (0..<count).map { image in
      (0..<3).reduce(0) { label, bit in
        let sum = (0..<5).reduce(0.0) { $0 + values[image * 16 + bit * 5 + $1] - 127.5 }
        return 2 * label + (sum > 0 ? 1 : 0)
      }
    }
    let split = try DataSplit(name: "signs", images: images, labels: labels)
    return try DataSet(
      name: "signs", classes: (0..<8).map(String.init), training: split, test: split)
  }

  /// 16 pixels through layers of the given widths into 8 classes.
  static func mlp(_ widths: [Int]) throws -> Network {
    var builder = NetworkBuilder(name: "mlp", seed: 7)
    var h = try builder.flatten(builder.input([1, 4, 4]))
    for width in widths { h = try builder.relu(builder.dense(h, features: width)) }
    return try builder.network(output: try builder.dense(h, features: 8, name: "head"))
  }

  static func trained(_ network: Network, on data: DataSet, steps: Int) throws -> Network {
    let options = TrainingOptions(
      budget: .steps(steps), batchSize: 64,
      optimizer: OptimizerSettings(.adam, learningRate: 0.01),
      evaluationInterval: steps)
    return try Trainer(network, data: data, options: options).train().network
  }

  /// Receipts and checkpoints hold what was chosen.
  @Test func candidatesSurviveJSON() throws {
    let candidates = try GrowthCandidates(of: Self.mlp([4, 4]), GrowthCandidates.Options()).all
    #expect(Set(candidates.map(\.kind)) == [.width, .site])
    for growth in candidates.map(\.growth) {
      let again = try JSONDecoder().decode(Growth.self, from: JSONEncoder().encode(growth))
      #expect(again == growth)
    }
  }

  @Test(arguments: [([2, 32], "fc1"), ([32, 2], "fc2")])
  func theNarrowLayerIsTheWidthToGrow(widths: [Int], name: String) throws {
    let data = try Self.signs()
    let network = try Self.trained(Self.mlp(widths), on: data, steps: 300)
    var options = Self.options
    options.batches = 8
    options.candidates.filter.only = ["fc*"]
    let advice = try GrowthAdvice(of: network, on: data, options)
    #expect(advice.ranking.count == 2)
    #expect(advice.ranking.first?.candidate.name == name)
    let best = try #require(advice.ranking.first)
    #expect(best.expectedDecrease > best.deviation)
  }

  @Test func scoreDoesNotDependOnTheOrderOrTheScalesOfUnits() throws {
    let data = try Self.signs(256)
    let network = try Self.mlp([6, 5]).withTrainedValues
    let site = { (network: Network) in
      var options = Self.options
      options.candidates.filter.only = ["relu2"]
      return try #require(GrowthAdvice(of: network, on: data, options).ranking.first)
    }
    let plain = try site(network)
    let changed = try site(network.reordered([4, 0, 3, 1, 2], scales: [2, 0.5, 3, 1, 0.1]))
    let (a, b) = (plain.expectedDecrease, changed.expectedDecrease)
    #expect(abs(a - b) < Self.tolerance * abs(a), "\(a), \(b)")
    // The norm of the gradient does depend on them.
    #expect(abs(plain.squaredGradientNorm / changed.squaredGradientNorm - 1) > 0.1)
  }

  @Test func sameOptionsGiveTheSameRanking() throws {
    let data = try Self.signs(256)
    let network = try Self.mlp([6, 5])
    let first = try GrowthAdvice(of: network, on: data, Self.options)
    #expect(first.ranking == (try GrowthAdvice(of: network, on: data, Self.options).ranking))
    #expect(first.ranking.count == 4 && first.unscored.isEmpty)
    #expect(first.examples == 256)
  }

  @Test func candidatesBeyondTheBudgetAreListedWithBothNumbers() throws {
    var options = Self.options
    // 16 · 6 + 6 + 6 · 5 + 5 + 5 · 8 + 8 = 185, and 30 more for a layer behind relu2.
    options.candidates.budget.parameters = 215
    options.candidates.filter.only = ["relu*"]
    let advice = try GrowthAdvice(of: Self.mlp([6, 5]), on: Self.signs(256), options)
    #expect(advice.ranking.map(\.candidate.name) == ["relu2"])
    #expect(
      advice.unscored.map(\.reason)
        == ["the network would have 227 parameters; the budget is 215"])
  }

  @Test func twoBatchesAreRefused() throws {
    var options = Self.options
    options.batches = 2
    #expect(
      sentence { _ = try GrowthAdvice(of: Self.mlp([6]), on: Self.signs(256), options) }
        == "batches: 3 or more expected, 2 found")
  }

  @Test func tooFewImagesAreRefused() throws {
    #expect(
      sentence { _ = try GrowthAdvice(of: Self.mlp([6]), on: Self.signs(100), Self.options) }
        == "batch size: at most 33, for three batches expected, 64 found")
  }

  @Test func convolutionsNormsAndBlocksHaveScores() throws {
    let data = try halvesDataSet(training: 256)
    var builder = NetworkBuilder(name: "blocks", seed: 0)
    let image = builder.input([1, 4, 4])
    let stem = try builder.relu(builder.convolution(image, channels: 4, kernel: [3, 3]))
    var h = try builder.convolution(stem, channels: 4, kernel: [3, 3], groups: 4)
    h = try builder.relu(builder.batchNormalization(h))
    h = try builder.batchNormalization(builder.convolution(h, channels: 4, kernel: [1, 1]))
    h = try builder.relu(builder.add(stem, h, name: "sum"))
    let network = try builder.network(
      output: try builder.dense(builder.flatten(builder.globalAveragePool(h)), features: 2))
    let advice = try GrowthAdvice(of: network, on: data, Self.options)
    #expect(Set(advice.ranking.map(\.candidate.kind)) == [.width, .site, .block])
    #expect(advice.unscored.isEmpty)
    #expect(advice.ranking.allSatisfy { $0.expectedDecrease.isFinite })
  }
}

extension Network {
  /// Biases other than zero.
  fileprivate var withTrainedValues: Network { withDrawnBiases(seed: 2) }

  private func withDrawnBiases(seed: UInt64) -> Network {
    var network = self
    for parameter in parameters.values where parameter.shape.rank == 1 {
      let draw = Draw(seed: seed).derived(for: parameter.name)
      network.setParameter(
        Parameter(
          name: parameter.name,
          tensor: Tensor(elementType: .float32, shape: parameter.shape) { 0.3 * draw.normal($0) }))
    }
    return network
  }

  /// The same function, with the units of `fc2` in another order and of other scales.
  fileprivate func reordered(_ order: [Int], scales: [Double]) throws -> Network {
    var network = self
    func set(_ name: String, _ value: @escaping @Sendable (Int, [Double], Shape) -> Double) throws {
      let old = try #require(parameters[name])
      let (values, shape) = (old.tensor(as: .float64).doubles(), old.shape)
      network.setParameter(
        Parameter(
          name: name,
          tensor: Tensor(elementType: .float64, shape: shape) { value($0, values, shape) }))
    }
    try set("fc2.weight") { index, values, shape in
      let (row, column) = (index / shape[1], index % shape[1])
      return values[order[row] * shape[1] + column] * scales[row]
    }
    try set("fc2.bias") { index, values, _ in values[order[index]] * scales[index] }
    try set("head.weight") { index, values, shape in
      let (row, column) = (index / shape[1], index % shape[1])
      return values[row * shape[1] + order[column]] / scales[column]
    }
    return network
  }
}
