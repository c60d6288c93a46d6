internal import Net2Net
internal import SwiftProtobuf

extension FusionGraph {
  /// x · ((u < p) / p), where u is drawn uniformly for each sample: how torch's older exporter
  /// writes stochastic depth in a training export.
  func stochasticDepth(endingIn node: Node) -> FusiblePattern? {
    guard node.operation == .elementwise(Elementwise(.multiply)) else { return nil }
    for (x, factor) in node.bothOrders {
      var trail = Trail()
      guard let quotient = step(to: factor, "Div", on: &trail),
        let share = number(quotient.inputs[1], &trail), share > 0, share <= 1,
        let cast = step(to: quotient.inputs[0], "Cast", on: &trail),
        let less = step(to: cast.inputs[0], "Less", on: &trail),
        number(less.inputs[1], &trail) == share,
        let draw = step(to: less.inputs[0], "RandomUniformLike", on: &trail),
        draw.isUniformFromZeroToOne, let x = sampled(x, by: draw, &trail)
      else { continue }
      return FusiblePattern(
        operation: .dropout(Dropout(ratio: 1 - share, drawsPerSample: true)), inputs: [x],
        trail: trail)
    }
    return nil
  }

  /// x, if there is one draw for each entry of its first axis.
  private func sampled(_ x: String, by draw: Node, _ trail: inout Trail) -> String? {
    guard let type = type(of: x), let drawn = self.type(of: draw.inputs[0]),
      drawn.dimensions.first == type.dimensions.first, drawn.rank == type.rank,
      drawn.dimensions.dropFirst().allSatisfy({ $0 == 1 })
    else { return nil }
    // The zeros whose shape is drawn for are of no further use.
    if let zeros = step(to: draw.inputs[0], "Expand", on: &trail) {
      trail.constants += zeros.inputs
    }
    return x
  }
}

extension Node {
  fileprivate var isUniformFromZeroToOne: Bool {
    guard case .opaque(let operation) = operation else { return false }
    var bounds: [String: Float] = ["low": 0, "high": 1]
    for bytes in operation.attributes {
      guard let attribute = try? ONNXAttributeProto(serializedBytes: bytes, partial: true) else {
        return false
      }
      if bounds[attribute.name] != nil { bounds[attribute.name] = attribute.f }
    }
    return bounds == ["low": 0, "high": 1]
  }
}
