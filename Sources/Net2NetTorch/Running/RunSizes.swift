import Net2Net

/// The one place where sizes that arrive at run time meet the operators. Before any kernel sees
/// them, all shape rules are gone through with the numbers that the inputs' axes have; what comes of
/// it is kept, as most runs have the sizes of an earlier one.
struct RunSizes {
  /// What a network makes of certain sizes.
  struct Checked {
    let types: ValueTypes
    /// Of a run in evaluation mode, and of one that keeps what gradients need.
    let evaluation: MemoryEstimate
    let training: MemoryEstimate
    /// By output, where none has an element: there is nothing to compute then.
    let emptyOutputs: [String: TensorType]?
  }

  private let network: Network
  private let program: Program
  private let steps: [Program.Step]
  private let precision: Precision
  /// The names of sizes in the order of keys.
  private let symbols: [String]
  private var known: [[Int]: Checked] = [:]

  var rememberedCount: Int { known.count }

  /// Sizes that are remembered, a few kilobytes each: texts have a length for every batch.
  private static let capacity = 64

  /// - Parameters:
  ///   - network: whose values are all that the steps read and make.
  ///   - steps: those that are run of the program.
  init(_ network: Network, _ program: Program, steps: [Program.Step], precision: Precision) {
    self.network = network
    self.program = program
    self.steps = steps
    self.precision = precision
    symbols = network.graph.symbols.sorted()
  }

  /// - Parameter sizes: what each name in the inputs' shapes stands for.
  /// - Throws: ``EngineError/unsuitableSizes(inputs:_:)`` where an operator refuses them.
  mutating func checked(_ sizes: [String: Int]) throws(EngineError) -> Checked {
    let key = symbols.map { sizes[$0] ?? 0 }
    if let found = known[key] { return found }
    let types: ValueTypes
    do { types = try ValueTypes(of: network, sizes: sizes) } catch {
      throw .unsuitableSizes(inputs: network.inputNames(sizes), error)
    }
    func estimate(keeps: Bool) -> MemoryEstimate {
      MemoryEstimate(
        of: network, program, steps: steps, types: types, precision: precision, keeps: keeps)
    }
    let outputs = network.graph.outputs.map(\.name)
    let isEmpty = outputs.allSatisfy { types[$0]?.shape?.elementCount == 0 }
    let checked = Checked(
      types: types, evaluation: estimate(keeps: false), training: estimate(keeps: true),
      emptyOutputs: isEmpty && !outputs.isEmpty
        ? Dictionary(outputs.map { ($0, types[$0]) }, uniquingKeysWith: { first, _ in first })
          .compactMapValues(\.self) : nil)
    if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
    known[key] = checked
    return checked
  }
}

extension Network {
  /// `"x" float32(1, 3, 15, 15)` for every input, where names stand for `sizes`.
  func inputNames(_ sizes: [String: Int]) -> [String] {
    graph.inputs.map { input in
      let dimensions = input.type.dimensions.map { dimension -> Dimension in
        guard case .symbolic(let name) = dimension, let size = sizes[name] else { return dimension }
        return .fixed(size)
      }
      return "\"\(input.name)\" \(TensorType(input.type.elementType, dimensions))"
    }
  }
}

extension CompiledNetwork {
  /// Checks sizes against every operator, and what a run takes against the budget.
  ///
  /// - Parameters:
  ///   - sizes: what each name in the inputs' shapes stands for.
  ///   - keeps: whether what gradients need is kept.
  /// - Throws: ``EngineError/unsuitableSizes(inputs:_:)``,
  ///   ``EngineError/memory(needed:largest:node:budget:)``.
  func check(
    sizes: [String: Int], keeps: Bool
  ) throws(EngineError) -> RunSizes.Checked {
    let checked = try runSizes.checked(sizes)
    try require(keeps ? checked.training : checked.evaluation)
    return checked
  }

  /// - Throws: ``EngineError/memory(needed:largest:node:budget:)``.
  func require(_ estimate: MemoryEstimate) throws(EngineError) {
    // Other devices have memory of their own, and say when it is spent.
    guard device == .cpu else { return }
    if let runBudget, estimate.bytes > runBudget.bytes {
      throw .memory(
        needed: estimate.bytes, largest: estimate.largest, node: estimate.node, budget: runBudget)
    }
    let needed = estimate.bytes.plus(parameterBytes)
    guard needed > memoryBudget.bytes else { return }
    throw .memory(
      needed: needed, largest: estimate.largest, node: estimate.node, budget: memoryBudget)
  }

  /// Checks, before any is taken, that steps of training on batches of this size can be held in
  /// memory. Passes where the inputs leave more open than that.
  ///
  /// - Throws: as a run does that records gradients.
  package func checkTraining(batch: Int) throws(EngineError) {
    guard let symbol = batchSymbol else { return }
    _ = try check(sizes: [symbol: batch], keeps: true)
  }

  /// The memory of a run in evaluation mode on a batch of this size, parameters apart; nil where the
  /// inputs leave more open, or are refused.
  package func evaluationBytes(batch: Int) -> Int? {
    guard let symbol = batchSymbol else { return nil }
    return (try? runSizes.checked([symbol: batch]))?.evaluation.bytes
  }

  /// Whether every value of a run on these inputs can be kept.
  func holdsAllValues(of inputs: [String: Tensor]) throws(EngineError) -> Bool {
    var sizes: [String: Int] = [:]
    for input in original.graph.inputs {
      guard let shape = inputs[input.name]?.shape else { continue }
      for (dimension, size) in zip(input.type.dimensions, shape.sizes) {
        if case .symbolic(let symbol) = dimension { sizes[symbol] = size }
      }
    }
    return try runSizes.checked(sizes).training.bytes.plus(parameterBytes) <= memoryBudget.bytes
  }

  /// The name of the inputs' first axis, where it is all that they leave open.
  private var batchSymbol: String? {
    let symbols = original.graph.symbols
    guard symbols.count == 1, let symbol = symbols.first else { return nil }
    let inputs = original.graph.inputs.map(\.type.dimensions)
    let isFirst = inputs.allSatisfy { dimensions in
      dimensions.indices.allSatisfy { dimensions[$0].isSymbol == ($0 == 0) }
    }
    return isFirst ? symbol : nil
  }
}
