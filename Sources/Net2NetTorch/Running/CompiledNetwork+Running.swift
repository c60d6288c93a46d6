import CTorch
public import Net2Net

extension CompiledNetwork {
  /// Computes the graph's outputs by name, without recording anything. Every symbolic dimension
  /// is free; the floating-point results have the engine's precision.
  public func run(
    _ inputs: [String: Tensor], mode: RunMode = .evaluation
  ) throws(EngineError) -> [String: Tensor] {
    try run(inputs, mode: mode, observing: nil)
  }

  /// As ``run(_:mode:)``; hands every graph input and then every node's results to `observe`, in
  /// order.
  public func run(
    _ inputs: [String: Tensor], mode: RunMode = .evaluation,
    observing observe: (_ value: String, Tensor) -> Void
  ) throws(EngineError) -> [String: Tensor] {
    try withoutActuallyEscaping(observe) { (observe) throws(EngineError) in
      try run(inputs, mode: mode) { (name, value) throws(EngineError) in
        observe(name, try value.tensor())
      }
    }
  }

  private func run(
    _ inputs: [String: Tensor], mode: RunMode, observing: Observer?
  ) throws(EngineError) -> [String: Tensor] {
    try withInferenceMode { () throws(EngineError) in
      var tensors: [String: TorchTensor] = [:]
      for (name, input) in inputs { tensors[name] = try TorchTensor(borrowing: input) }
      var outputs: [String: Tensor] = [:]
      for (name, output) in try forward(tensors, mode: mode, observing: observing) {
        outputs[name] = try output.tensor()
      }
      return outputs
    }
  }

  package typealias Observer = (_ value: String, TorchTensor) throws(EngineError) -> Void

  /// Computes the graph's outputs by name. Records what back-propagation needs unless the caller
  /// has switched that off. An observed value may be overwritten by the next node.
  package func forward(
    _ inputs: [String: TorchTensor], mode: RunMode, observing observe: Observer? = nil
  ) throws(EngineError) -> [String: TorchTensor] {
    guard purpose == .training else {
      guard mode == .evaluation, observe == nil else { throw .compiledForEvaluation }
      return try evaluated(inputs)
    }
    var symbols: [String: Int] = [:]
    try check(inputs, symbols: &symbols)
    let records = ct_gradient_recording()
    let checked = try check(sizes: symbols, keeps: records)
    if !records, observe == nil, mode == .evaluation, let empty = checked.emptyOutputs {
      return try tensors(of: empty)
    }
    return try outputs(of: inputs, mode: mode, symbols: symbols, observing: observe)
  }

  /// Tensors without elements.
  func tensors(of types: [String: TensorType]) throws(EngineError) -> [String: TorchTensor] {
    var tensors: [String: TorchTensor] = [:]
    for (name, type) in types {
      guard let shape = type.shape else { continue }
      let element =
        type.elementType.isFloatingPoint ? precision.elementType : type.elementType
      tensors[name] = try TorchTensor(Tensor(elementType: element, shape: shape, repeating: 0))
        .converted(to: device)
    }
    return tensors
  }

  /// - Parameter inputs: checked.
  func outputs(
    of inputs: [String: TorchTensor], mode: RunMode, symbols: [String: Int],
    observing observe: Observer? = nil
  ) throws(EngineError) -> [String: TorchTensor] {
    var slots = [TorchTensor?](repeating: nil, count: program.names.count)
    slots.replaceSubrange(parameters.indices, with: parameters)
    for (name, input) in try prepared(inputs) {
      if let slot = program.slots[name] { slots[slot] = input }
      try observe?(name, input)
    }
    let run = RunContext(
      mode: mode, precision: precision, device: device, ranks: ranks, symbols: symbols)
    for step in observe == nil ? fusedSteps : program.steps {
      do {
        try step.run(on: &slots, names: program.names, run, observing: observe)
      } catch {
        throw error.located(in: step.node, operation: step.operation)
      }
    }
    var outputs: [String: TorchTensor] = [:]
    for output in original.graph.outputs {
      guard let value = program.slots[output.name].flatMap({ slots[$0] }) else { continue }
      outputs[output.name] =
        value.elementType == .bfloat16 && precision == .bfloat16
        ? try value.converted(to: device, as: .float32) : value
    }
    return outputs
  }
}

extension Program.Step {
  func run(
    on slots: inout [TorchTensor?], names: [String], _ run: RunContext,
    observing observe: CompiledNetwork.Observer?
  ) throws(EngineError) {
    var operands = operands.map { $0.flatMap { slots[$0] } }
    if let type = runnable.arithmetic.operandType(in: run.precision) {
      for position in operands.indices {
        guard let operand = operands[position], operand.isFloatingPoint else { continue }
        operands[position] = try operand.converted(to: run.device, as: type)
      }
    }
    let values = try runnable.run(
      Call(node: node, operands: operands, run: run, overwritten: overwritten))
    for (slot, value) in zip(results, values) {
      guard let slot else { continue }
      slots[slot] = value
      try observe?(names[slot], value)
    }
    for slot in released { slots[slot] = nil }
  }
}

extension CompiledNetwork {
  /// The graph's inputs in its order, on the device, in the engine's types and layout.
  private func prepared(
    _ inputs: [String: TorchTensor]
  ) throws(EngineError) -> [(String, TorchTensor)] {
    var prepared: [(String, TorchTensor)] = []
    for declaration in original.graph.inputs {
      guard let input = inputs[declaration.name] else { continue }
      let type = declaration.type.elementType
      let converted = try input.converted(
        to: device, as: type.isFloatingPoint ? precision.elementType : type)
      prepared.append((declaration.name, try layout.arranged(input: converted)))
    }
    return prepared
  }

  /// All inputs that are declared and no others, each as it is declared.
  ///
  /// - Parameter symbols: filled in with what each symbol of their shapes stands for.
  func check(
    _ inputs: [String: TorchTensor], symbols: inout [String: Int]
  ) throws(EngineError) {
    let declared = original.graph.inputs
    for name in inputs.keys.sorted() where !declared.contains(where: { $0.name == name }) {
      throw .unknownInput(name, known: declared.map(\.name))
    }
    for declaration in declared {
      guard let input = inputs[declaration.name] else {
        throw .missingInput(declaration.name, expected: declaration.type)
      }
      try check(input, against: declaration, symbols: &symbols)
    }
  }

  /// Fixed dimensions must be met, and a symbol must stand for one size throughout.
  private func check(
    _ input: TorchTensor, against declaration: ValueDeclaration, symbols: inout [String: Int]
  ) throws(EngineError) {
    let shape = input.shape
    var expected = declaration.type
    for (axis, dimension) in expected.dimensions.enumerated() where axis < shape.rank {
      guard case .symbolic(let symbol) = dimension else { continue }
      let size = symbols[symbol] ?? shape[axis]
      symbols[symbol] = size
      expected.dimensions[axis] = .fixed(size)
    }
    let found = TensorType(input.elementType ?? expected.elementType, shape)
    let typeSuits = expected.elementType.isFloatingPoint || !found.elementType.isFloatingPoint
    guard typeSuits, found.dimensions == expected.dimensions else {
      let reported = shape.rank == expected.rank ? expected : declaration.type
      throw .inputMismatch(declaration.name, expected: reported, found: found)
    }
  }
}
