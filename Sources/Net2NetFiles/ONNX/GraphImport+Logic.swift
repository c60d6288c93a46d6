internal import Net2Net

/// Operators on truth values, and between types.
extension GraphImport {
  mutating func logic(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    if let function = Comparison.Function(rawValue: node.type) {
      return .node(.comparison(Comparison(function)), inputs: node.inputs)
    }
    switch node.type {
    case "Not": return .node(.predicate(Predicate(.not)), inputs: node.inputs)
    case "IsNaN": return .node(.predicate(Predicate(.isNaN)), inputs: node.inputs)
    case "IsInf":
      let positive = try node.flag("detect_positive", default: true)
      let negative = try node.flag("detect_negative", default: true)
      let function = Predicate.Function.isInfinite(positive: positive, negative: negative)
      return .node(.predicate(Predicate(function)), inputs: node.inputs)
    case "Where": return .node(.selection(Selection()), inputs: node.inputs)
    case "Cast", "CastLike": return try cast(&node)
    default: return .opaque
    }
  }

  private mutating func cast(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    // It says what becomes of numbers too large for 8-bit floats, which are not known here.
    _ = try node.flag("saturate", default: true)
    let type: ElementType?
    if node.type == "Cast" {
      type = ElementType(onnxCode: Int32(try node.integer("to", default: 0)))
    } else {
      type = node.input(1).flatMap { types[$0]?.elementType }
      folded.formUnion(node.inputs.dropFirst())
    }
    guard let type else { return .kept(because: "its element type is not known here") }
    let inputs = Array(node.inputs.prefix(1))
    guard inputs.first.flatMap({ types[$0]?.elementType }) != type else {
      return .node(.identity(Identity()), inputs: inputs)
    }
    return .node(.cast(Cast(to: type)), inputs: inputs)
  }
}
