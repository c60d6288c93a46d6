import Foundation
import Net2Net
import Net2NetTorch
import OrderedCollections

@testable import Net2NetFiles

extension NodeTest {
  /// The graph's operators as they are imported, with the first data set's constants bound.
  func network(binding inputs: [Tensor?]) throws -> Network {
    var model = try model()
    model.bindAttributes(to: inputs)
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).onnx")
    try Data(model.encoded).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try Network(onnx: file.path)
  }

  /// What is wrong with our results, in words; nil when nothing is.
  func complaint() -> String? {
    do {
      for (inputs, outputs) in try dataSets() {
        if let complaint = try complaint(inputs, outputs) { return complaint }
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func complaint(_ inputs: [Tensor?], _ expected: [Tensor?]) throws -> String? {
    let network = try network(binding: inputs)
    if let node = network.graph.nodes.first(where: \.isOpaque) {
      return "\(node.operation.definition.name) was kept unread"
    }
    let found = try CompiledNetwork(network, precision: precision(of: network))
      .run(try values(inputs, of: network))
    guard network.graph.outputs.count == expected.count else {
      return "\(expected.count) outputs expected, \(network.graph.outputs.count) found"
    }
    for (declared, expected) in zip(network.graph.outputs, expected) {
      guard let expected else { return "output \(declared.name) is no tensor" }
      guard let found = found[declared.name] else { return "output \(declared.name) is missing" }
      if let complaint = compare(found, with: expected, declared.type) { return complaint }
    }
    return nil
  }

  /// The engine has one floating-point type for a whole network.
  private func precision(of network: Network) -> Precision {
    let types =
      (network.graph.inputs + network.graph.outputs).map(\.type.elementType)
      + network.parameters.values.map(\.elementType)
    return types.contains(.float64) ? .float64 : .float32
  }

  private func values(_ inputs: [Tensor?], of network: Network) throws -> [String: Tensor] {
    let names = try model().graph.input.map(\.name)
    var values: [String: Tensor] = [:]
    for (name, input) in zip(names, inputs)
    where network.graph.inputs.contains(where: { $0.name == name }) {
      values[name] = input
    }
    return values
  }

  /// `numpy.testing.assert_allclose` with the tolerances of `onnx.backend.test`, and the types
  /// that its runner wants. Half precision is computed in float32 here and rounded at the end.
  private func compare(
    _ found: Tensor, with expected: Tensor, _ declared: TensorType
  ) -> String? {
    guard declared.elementType == expected.elementType else {
      return "\(expected.elementType.rawValue) expected, \(declared.elementType.rawValue) found"
    }
    guard found.shape == expected.shape else {
      return "shape \(expected.shape) expected, \(found.shape) found"
    }
    let isFloat = expected.elementType.isFloatingPoint
    guard isFloat == found.elementType.isFloatingPoint else {
      return "\(expected.elementType.rawValue) expected, \(found.elementType.rawValue) computed"
    }
    let numbers = zip(found.converted(to: expected.elementType).doubles(), expected.doubles())
    guard let (index, (a, b)) = numbers.enumerated().first(where: { !areClose($1.0, $1.1) })
    else { return nil }
    return "element \(index): \(b) expected, \(a) found"
  }

  private static let relativeTolerance = 1e-3
  private static let absoluteTolerance = 1e-7

  private func areClose(_ found: Double, _ expected: Double) -> Bool {
    if found == expected || (found.isNaN && expected.isNaN) { return true }
    return abs(found - expected) <= Self.absoluteTolerance + Self.relativeTolerance * abs(expected)
  }
}

extension Node {
  var isOpaque: Bool {
    if case .opaque = operation { true } else { false }
  }
}
