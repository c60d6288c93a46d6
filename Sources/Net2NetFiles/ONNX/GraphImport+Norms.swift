internal import Net2Net
internal import OrderedCollections

extension GraphImport {
  /// Training forms are read as the operator they train: which statistics are used is a mode of
  /// the run.
  func batchNormalization(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    _ = try node.flag("training_mode", default: false)
    guard try node.flag("spatial", default: true) else { return nil }
    let epsilon = try node.number("epsilon", default: 1e-5)
    let momentum = try node.number("momentum", default: 0.9)
    return .batchNormalization(BatchNormalization(epsilon: epsilon, momentum: momentum))
  }

  func layerNormalization(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    guard try node.integer("stash_type", default: 1) == 1 else { return nil }
    let axis = try node.integer("axis", default: -1)
    let epsilon = try node.number("epsilon", default: 1e-5)
    return .layerNormalization(LayerNormalization(axis: axis, epsilon: epsilon))
  }

  func rmsNormalization(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    guard try node.integer("stash_type", default: 1) == 1 else { return nil }
    let axis = try node.integer("axis", default: -1)
    let epsilon = try node.number("epsilon", default: 1e-5)
    return .rmsNormalization(RMSNormalization(axis: axis, epsilon: epsilon))
  }

  /// Before operator set 21, scale and shift had one element a group, which all its channels get.
  mutating func groupNormalization(
    _ node: inout ForeignNode
  ) throws(FilesError) -> Conversion {
    let groups = try node.integer("num_groups", default: 0)
    let epsilon = try node.number("epsilon", default: 1e-5)
    guard try node.integer("stash_type", default: 1) == 1 else { return .opaque }
    let operation = Operator.groupNormalization(
      GroupNormalization(groups: groups, epsilon: epsilon))
    guard node.version < 21 else { return .node(operation, inputs: node.inputs) }
    guard let x = node.input(0).flatMap({ types[$0] }), x.rank > 1,
      let channels = x.dimensions[1].size,
      let scale = try repeated(1, of: node, groups: groups, channels: channels),
      let shift = try repeated(2, of: node, groups: groups, channels: channels)
    else { return .opaque }
    return .node(operation, inputs: [node.inputs[0], scale, shift])
  }

  /// A parameter of one element a group as a new one with one element a channel.
  ///
  /// - Returns: its name; nil where operand `index` is no parameter of that shape.
  private mutating func repeated(
    _ index: Int, of node: ForeignNode, groups: Int, channels: Int
  ) throws(FilesError) -> String? {
    guard let old = node.input(index), let parameter = parameters[old],
      parameter.shape == [groups], groups > 0, channels.isMultiple(of: groups),
      channels <= KnownTensor.largestCount, spend(channels * parameter.elementType.byteCount)
    else { return nil }
    let values = parameter.tensor().doubles()
    let name = unusedName("\(node.name).\(old)")
    folded.insert(old)
    try addParameter(
      name,
      Tensor(elementType: parameter.elementType, shape: [channels]) {
        values[$0 / (channels / groups)]
      })
    return name
  }
}
