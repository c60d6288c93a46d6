import Foundation
import Net2Net
import Net2NetTorch
import Net2NetTraining
import TestSupport
import Testing

@testable import Net2NetLifelong

// MARK: A small live model: images of one channel and 2 × 3 pixels, classes "even" and "odd"

extension LiveSettings {
  static var small: LiveSettings {
    LiveSettings(
      model: "small",
      sample: SampleForm(
        storage: .uint8, shape: [1, 2, 3], preparation: .pixels(means: [0.5], deviations: [0.25])),
      classes: ["even", "odd"])
  }
}

func smallNetwork(classes: Int = 2, seed: UInt64 = 0) throws -> Network {
  var builder = NetworkBuilder(name: "small", seed: seed)
  let input = builder.input([1, 2, 3])
  let hidden = try builder.relu(
    try builder.dense(try builder.flatten(input), features: 4, name: "hidden"))
  return try builder.network(output: try builder.dense(hidden, features: classes, name: "head"))
}

extension Example {
  /// Six pixels that no other number has; the class is whether the number is odd.
  static func numbered(_ number: Int) -> Example {
    var pixels = [UInt8](repeating: 7, count: 6)
    for place in 0..<4 { pixels[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
    return Example(sample: pixels, label: number % 2)
  }
}

/// A live model in a folder that is there for the length of `body`.
func withLiveModel<R>(
  _ settings: LiveSettings = .small, _ body: (LiveModel, _ folder: String) throws -> R
) throws -> R {
  try withTemporaryFolder { (folder) throws -> R in
    let model = try LiveModel.create(
      folder + "/live", settings, network: try smallNetwork(), source: "small.onnx")
    return try body(model, folder + "/live")
  }
}
