import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

@Suite(.requiresTorch)
struct EvaluationTests {
  /// Three 2 × 2 images whose first two pixels, normalised, are 1 0, 0 1 and 1 0, labelled 0, 0
  /// and 1: a network of ``firstTwoPixels(endingInSoftmax:)`` is right about the first alone.
  static func threeImages() throws -> DataSet {
    // Half the pixels are white and half are black, so they become 1 and −1.
    let images = Tensor(elementType: .uint8, shape: [3, 1, 2, 2]) { index in
      [255, 0, 255, 0, 0, 255, 0, 255, 255, 0, 255, 0][index]
    }
    let split = try DataSplit(name: "three", images: images, labels: [0, 0, 1])
    return try DataSet(name: "three", classes: ["a", "b"], training: split, test: split)
  }

  /// float32 logits of ±1.
  static let tolerance = 1e-6

  @Test(arguments: [false, true])
  func lossAndAccuracyAreThoseOfTheFormula(endingInSoftmax: Bool) throws {
    let network = try firstTwoPixels(endingInSoftmax: endingInSoftmax)
    let evaluation = try Evaluation(of: network, on: Self.threeImages(), batchSize: 2)
    // Logits (1, −1): −log softmax is log(1 + e⁻²) for the class found, log(1 + e²) for the other.
    let right: Double = Foundation.log(1 + Foundation.exp(-2))
    let wrong: Double = Foundation.log(1 + Foundation.exp(2))
    #expect(abs(evaluation.loss - (right + 2 * wrong) / 3) < Self.tolerance)
    #expect(evaluation.targetsByClass == [2, 1])
    #expect(evaluation.correctByClass == [1, 0])
    #expect(evaluation.accuracy == 1.0 / 3)
    #expect(evaluation.accuracyByClass == [0.5, 0])
  }

  @Test func networkOfFlatInputsSeesTheSamePixels() throws {
    var network = try firstTwoPixels()
    network.graph.nodes.removeFirst()
    network.graph.nodes[0].inputs[0] = "input"
    network.graph.inputs[0].type = TensorType(.float32, [.symbolic("N"), 4])
    let evaluation = try Evaluation(of: network, on: Self.threeImages())
    #expect(evaluation.correctByClass == [1, 0])
  }

  @Test func networkForOtherImagesIsRefused() throws {
    let network = try smallConvNet()
    #expect(
      sentence { _ = try Evaluation(of: network, on: Self.threeImages()) }
        == "the network's input \"input\": float32(N, 1, 2, 2), for images (1, 2, 2), expected, "
        + "float32(N, 1, 4, 4) found")
  }

  @Test func networkForFewerClassesIsRefused() throws {
    let split = try DataSplit(
      name: "d", images: Tensor(elementType: .uint8, shape: [1, 1, 4, 4]) { Double($0) },
      labels: [2])
    let data = try DataSet(
      name: "d", classes: ["a", "b", "c"], training: split, test: split)
    #expect(
      sentence { _ = try Evaluation(of: smallConvNet(), on: data) }
        == "the network's output \"output\": (N, 3), a number for each class, expected, "
        + "float32(N, 2) found")
  }

  @Test func networkOfTwoOutputsIsRefused() throws {
    var network = try firstTwoPixels()
    network.graph.outputs.append(
      ValueDeclaration(network.graph.nodes[0].outputs[0], TensorType(.float32, [1, 4])))
    #expect(
      sentence { _ = try Evaluation(of: network, on: Self.threeImages()) }
        == "the network: one input and one output expected, 1 and 2 found")
  }

  @Test func classWithoutImagesHasNoAccuracy() throws {
    let data = try Self.threeImages()
    let first = data.prefix(training: 3, test: 1)
    #expect(try Evaluation(of: firstTwoPixels(), on: first).accuracyByClass == [1, nil])
  }
}
