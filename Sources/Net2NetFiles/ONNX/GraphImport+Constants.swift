internal import Net2Net
internal import OrderedCollections

extension GraphImport {
  /// Input `index` as a list of sizes or axes, or the attribute that older operator sets had in
  /// its place; empty when neither is there, nil when the input is not a constant.
  mutating func listOperand(
    _ index: Int, or attribute: String, of node: inout ForeignNode
  ) throws(FilesError) -> [Int]? {
    let list = try boundOperand(index, or: attribute, of: &node)
    if let list, !list.allSatisfy((-maximumSize...maximumSize).contains) {
      throw node.malformed("\(attribute) within ±\(maximumSize)", "\(list)")
    }
    return list
  }

  /// The same for bounds, where the largest integer means the end.
  mutating func boundOperand(
    _ index: Int, or attribute: String, of node: inout ForeignNode
  ) throws(FilesError) -> [Int]? {
    let older = try node.elements(attribute)?.map { Int($0) }
    guard let name = node.input(index) else { return older ?? [] }
    guard let parameter = parameters[name], !parameter.elementType.isFloatingPoint,
      parameter.shape.rank <= 1, parameter.elementCount <= Self.largestFold,
      let list = parameter.tensor().integers()
    else { return nil }
    folded.insert(name)
    return list
  }

  /// Input `index` as a number; nil when it is not a constant scalar.
  mutating func scalarOperand(_ index: Int, of node: ForeignNode) throws(FilesError) -> Double? {
    guard let name = node.input(index), let value = scalar(name) else { return nil }
    folded.insert(name)
    return value
  }

  /// The only element of a parameter.
  func scalar(_ name: String) -> Double? {
    guard let parameter = parameters[name], parameter.elementCount == 1 else { return nil }
    let value = parameter.tensor().doubles()[0]
    // What was written as a short decimal and rounded to float32 is read as that decimal.
    return parameter.elementType == .float32 ? Double(shortest: Float(value)) : value
  }

  /// Constants up to this size are computed on; larger ones are somebody's weights.
  private static let largestFold = 1024

  /// Nodes whose result can be told now: constants, and further names for a parameter.
  ///
  /// Exporters merge parameters with equal values and give the others an `Identity`; that is
  /// not sharing, so each name gets a parameter of its own again (over the same bytes).
  mutating func foldedConstant(_ node: inout ForeignNode) throws(FilesError) -> Conversion? {
    guard node.outputs.count == 1 else { return nil }
    switch node.type {
    case "Constant":
      return try constant(&node).map { .parameter($0) }
    case "Identity":
      guard let parameter = node.input(0).flatMap({ parameters[$0] }),
        !isGraphOutput(node.outputs[0])
      else { return nil }
      folded.insert(parameter.name)
      return .parameter(parameter.tensor())
    case "Cast":
      guard let parameter = node.input(0).flatMap({ parameters[$0] }),
        parameter.elementCount <= Self.largestFold, !isGraphOutput(node.outputs[0]),
        let type = ElementType(onnxCode: Int32(try node.integer("to", default: 0)))
      else { return nil }
      folded.insert(parameter.name)
      folded.insert(node.outputs[0])
      return .parameter(parameter.tensor(as: type))
    default: return nil
    }
  }

  private mutating func constant(_ node: inout ForeignNode) throws(FilesError) -> Tensor? {
    if node.has("value"), let proto = try node.tensor("value") {
      guard ElementType(onnxCode: proto.dataType) != nil else { return nil }
      return try tensors.tensor(proto, part: "node \"\(node.name)\" (Constant)")
    }
    if node.has("value_float") {
      return Tensor([Float(try node.number("value_float", default: 0))], shape: [])
    }
    if let integer = try node.element("value_int") { return Tensor([integer], shape: []) }
    if let numbers = try node.numbers("value_floats") {
      return Tensor(numbers, shape: [numbers.count])
    }
    if let integers = try node.elements("value_ints") {
      return Tensor(integers, shape: [integers.count])
    }
    return nil
  }
}

extension TensorType {
  enum AxisChange { case squeezed, unsqueezed }

  /// The sizes that are left without axes, or with more of size 1; nil where the axes do not suit,
  /// or where a size is 0, which a reshape's target would read as another.
  func dimensions(_ change: AxisChange, _ axes: [Int]) -> [Net2Net.Dimension]? {
    guard axes.count <= Shape.largestRank else { return nil }
    var dimensions = dimensions
    let rank = change == .squeezed ? rank : rank + axes.count
    let places = Set(axes.compactMap { countedFromFront($0, of: rank) })
    guard places.count == axes.count else { return nil }
    switch change {
    case .squeezed:
      let removed = axes.isEmpty ? Set(dimensions.indices.filter { dimensions[$0] == 1 }) : places
      guard removed.allSatisfy({ dimensions[$0] == 1 }) else { return nil }
      dimensions = dimensions.indices.filter { !removed.contains($0) }.map { dimensions[$0] }
    case .unsqueezed:
      for place in places.sorted() { dimensions.insert(1, at: place) }
    }
    return dimensions.contains(0) ? nil : dimensions
  }
}
