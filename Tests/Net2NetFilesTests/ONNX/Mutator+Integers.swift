import Foundation
import SwiftProtobuf

@testable import Net2NetFiles

/// Replaces integers of a model, and leaves everything else as it is: attributes, axes, sizes,
/// bounds and indices get past the checks of the encoding and into arithmetic.
extension Mutator {
  static let extremes: [Int64] = [
    .min, .min + 1, -1, 0, 1, (1 << 31) - 1, 1 << 31, 1 << 62, .max, -2, -5, 3, 64,
  ]

  mutating func withExtremes(_ model: ONNXModelProto) -> ONNXModelProto {
    var model = model
    for _ in 0...below(3) {
      switch below(8) {
      case 0...3: replaceAttribute(&model.graph)
      case 4, 5:
        if let index = index(of: model.graph.initializer) {
          replaceIntegers(of: &model.graph.initializer[index])
        }
      default: replaceSize(of: &model.graph)
      }
    }
    return model
  }

  private mutating func extreme() -> Int64 { Self.extremes[below(Self.extremes.count)] }

  private mutating func replaceAttribute(_ graph: inout ONNXGraphProto) {
    let nodes = graph.node.indices.filter { !graph.node[$0].attribute.isEmpty }
    guard let node = index(of: nodes).map({ nodes[$0] }),
      let place = index(of: graph.node[node].attribute),
      var attribute = try? ONNXAttributeProto(
        serializedBytes: graph.node[node].attribute[place], partial: true)
    else { return }
    if attribute.hasI { attribute.i = extreme() }
    if let index = index(of: attribute.ints) { attribute.ints[index] = extreme() }
    if attribute.hasT { replaceIntegers(of: &attribute.t) }
    graph.node[node].attribute[place] = Data(attribute.encoded)
  }

  /// An element of a list of integers; the sizes of any tensor, its elements dropped where it has
  /// none any more.
  private mutating func replaceIntegers(of tensor: inout ONNXTensorProto) {
    if below(3) > 0, let index = index(of: tensor.int64Data) {
      tensor.int64Data[index] = extreme()
      return
    }
    switch below(3) {
    case 0: if let axis = index(of: tensor.dims) { tensor.dims[axis] = extreme() }
    case 1: tensor.dims = (0..<below(6)).map { _ in extreme() }
    default:
      tensor.dims = (0..<1 + below(4)).map { _ in (1 << 31) - 1 }
      tensor.dims.insert(0, at: below(tensor.dims.count + 1))
    }
    guard tensor.dims.contains(0) else { return }
    (tensor.floatData, tensor.int64Data, tensor.rawData) = ([], [], Data())
    tensor.clearRawData()
  }

  private mutating func replaceSize(of graph: inout ONNXGraphProto) {
    guard let input = index(of: graph.input) else { return }
    let axes = graph.input[input].type.tensorType.shape.dim
    guard let axis = index(of: axes) else { return }
    graph.input[input].type.tensorType.shape.dim[axis].dimValue = extreme()
  }
}
