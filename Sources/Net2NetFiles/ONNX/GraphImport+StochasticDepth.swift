internal import Net2Net

/// Stochastic depth, which while training drops a whole branch for some examples of a batch.
///
/// Training forms hold it as `x · Cast(RandomUniformLike(s) < p) / p`, where s has an element for
/// each example. That is x times a dropout of ones, which is what it is read as: exactly the same
/// while training, and the factor 1 in evaluation.
extension GraphImport {
  /// A value between the random numbers and the factor that a branch is multiplied by.
  struct Draw {
    var type: TensorType
    /// The share of examples that keep the branch, once numbers were compared with it.
    var survival: Double?
  }

  /// The draw that `node` makes or goes on with.
  func draw(of node: ForeignNode) throws(FilesError) -> Draw? {
    guard let input = node.input(0), node.outputs.count == 1 else { return nil }
    var node = node
    switch node.type {
    case "RandomUniformLike":
      let bounds = (try node.number("low", default: 0), try node.number("high", default: 1))
      guard let type = types[input], bounds == (0, 1), type.dimensions.allSatisfy(isKnownInRuns)
      else { return nil }
      return Draw(type: TensorType(.float32, type.dimensions))
    case "Less":
      guard let draw = draws[input], draw.survival == nil,
        let survival = node.input(1).flatMap({ scalar($0) }),
        survival > 0, survival < 1
      else { return nil }
      return Draw(type: TensorType(.bool, draw.type.dimensions), survival: survival)
    case "Cast":
      guard let draw = draws[input], draw.survival != nil,
        let type = ElementType(onnxCode: Int32(try node.integer("to", default: 0))),
        type.isFloatingPoint
      else { return nil }
      return Draw(type: TensorType(type, draw.type.dimensions), survival: draw.survival)
    default: return nil
    }
  }

  /// The nodes for a division that ends a draw: ones, and their dropout.
  mutating func droppedOnes(_ node: ForeignNode) throws(FilesError) -> [Node]? {
    guard node.type == "Div", let draw = node.input(0).flatMap({ draws[$0] }),
      let survival = draw.survival, draw.type.elementType.isFloatingPoint,
      node.input(1).flatMap({ scalar($0) }) == survival
    else { return nil }
    let output = node.outputs[0]
    let (one, ones) = (unusedName(output + ".one"), unusedName(output + ".ones"))
    try addParameter(one, Tensor(elementType: draw.type.elementType, shape: [], repeating: 1))
    return [
      Node(
        name: nodeNames.name(forOperator: "Expand"),
        operation: .expand(Expand(target: draw.type.dimensions)), inputs: [one], outputs: [ones]),
      Node(
        name: node.name, operation: .dropout(Dropout(ratio: 1 - survival)), inputs: [ones],
        outputs: [output]),
    ]
  }
}
