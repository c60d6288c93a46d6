import Net2Net

/// Finds the first node at which a student parts from its teacher, in float64.
///
/// Values are matched by name. Where the student's is larger, its leading units should be the
/// teacher's, because a unit map begins with the identity. That fails behind a concatenation or
/// a reshape of grown widths, so such values are passed over until a layer writes units anew.
struct DifferenceSearch {
  let teacher: Network
  let student: Network
  let device: Device
  let memoryBudget: MemoryBudget?

  /// Nil where none is found, or memory does not hold all values at once.
  func first(
    inputs: [String: Tensor], mode: VerificationMode
  ) throws(EngineError) -> VerificationReport.FirstDifference? {
    let compiled = try CompiledNetwork(
      teacher, precision: .float64, device: device, budget: memoryBudget)
    // All values of the teacher are kept.
    guard try compiled.holdsAllValues(of: inputs) else { return nil }
    var expected: [String: Tensor] = [:]
    _ = try compiled.run(inputs, mode: mode.runMode) { expected[$0] = $1 }
    let rearranged = rearrangedValues()
    let nodes = student.graph.producers
    var found: VerificationReport.FirstDifference?
    _ = try CompiledNetwork(student, precision: .float64, device: device, budget: memoryBudget)
      .run(inputs, mode: mode.runMode) { name, value in
        guard found == nil, let reference = expected[name], let node = nodes[name],
          value.shape == reference.shape || !rearranged.contains(name)
        else { return }
        let difference = try? Difference.measured(of: value, from: reference, leading: true).get()
        if let difference, difference.maxRelative <= Verification.exactTolerance { return }
        found = VerificationReport.FirstDifference(
          mode: mode, node: student.graph.nodes[node].name, value: name, difference: difference)
      }
    return found
  }

  /// Values of the student whose units may stand in another order than the teacher's.
  private func rearrangedValues() -> Set<String> {
    var rearranged = Set<String>()
    for node in student.graph.nodes {
      switch node.operation {
      case .convolution(let operation) where operation.groups == 1: continue
      case .dense, .matrixProduct, .einsum: continue
      case .concatenation, .split, .slice, .pad, .tile, .flatten, .reshape, .depthToSpace, .opaque:
        rearranged.formUnion(node.outputs)
      case .convolution, .batchNormalization, .layerNormalization, .instanceNormalization,
        .groupNormalization, .rmsNormalization, .activation, .parametricRelu, .elementwise,
        .modulo, .combination, .pooling, .reduction, .softmax, .dropout, .transposition,
        .identity, .gather, .gatherElements, .gatherND, .scatterND, .expand, .selection,
        .comparison, .predicate, .cast, .range, .sizeList, .cumulativeSum, .triangle, .extremePlace,
        .oneHot:
        if node.inputs.contains(where: rearranged.contains) {
          rearranged.formUnion(node.outputs)
        }
      }
    }
    return rearranged
  }
}
