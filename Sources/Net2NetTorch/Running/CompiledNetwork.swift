public import Net2Net
package import OrderedCollections

/// What a network is compiled for.
public enum Purpose: Hashable, Sendable {
  /// Both modes, gradients, and a look at every value: each node computes what it says.
  case training
  /// Outputs in evaluation mode, as fast as can be: batch norms are folded into the layers before
  /// them, layers, sums and relus computed in one pass, and parts of a batch on all threads. Rounds
  /// elsewhere than training does.
  case evaluation
}

/// A network on a device, ready to run and to be differentiated.
///
/// The weights are libtorch's: training changes them in place, and ``network()`` reads them
/// back. The same inputs on the same number of threads give the same bytes. Not for use by two
/// threads at once.
public final class CompiledNetwork {
  public let precision: Precision
  public let device: Device
  /// As it was given: its graph still holds, its parameters are those before any training.
  let original: Network
  let program: Program
  /// The program's with fewer passes over memory; some values between nodes are then never made.
  let fusedSteps: [Program.Step]
  let layout: Layout
  /// By slot; parameters only. Nil for one that evaluation does not read.
  let parameters: [TorchTensor?]
  let purpose: Purpose
  /// How batches are cut in evaluation; nil where they are not.
  let parts: BatchParts?
  /// What parameters and runs may take together.
  let memoryBudget: MemoryBudget
  let parameterBytes: Int
  /// What a single run may take, parameters apart, where that is less.
  package var runBudget: MemoryBudget?
  var runSizes: RunSizes

  /// The processes that learn together: statistics of a batch are then those of all their batches,
  /// and all of them run the same.
  package var ranks: ProcessGroup?

  /// Parameters that gradients are computed for, in the network's order.
  package let trainedParameters: OrderedDictionary<String, TorchTensor>

  /// - Parameter budget: of memory; ``MemoryBudget/ofThisProcess()`` unless given.
  /// - Throws: ``EngineError`` where libtorch or the device is missing, the network does not
  ///   validate, an operator cannot be run, or the parameters exceed the budget.
  public init(
    _ network: Network, precision: Precision = .float32, device: Device = .cpu,
    purpose: Purpose = .training, budget: MemoryBudget? = nil
  ) throws(EngineError) {
    guard Engine.isAvailable else { throw .noLibtorch }
    guard device.isAvailable else { throw .deviceUnavailable(device) }
    let types = try network.runnableTypes()
    self.precision = precision
    self.device = device
    self.purpose = purpose
    original = network
    if let budget { memoryBudget = budget } else { memoryBudget = try .ofThisProcess() }
    parameterBytes = network.parameterBytes(in: precision)
    if device == .cpu, parameterBytes > memoryBudget.bytes {
      throw .memory(
        needed: parameterBytes, largest: network.largestParameter, node: nil, budget: memoryBudget)
    }
    let evaluates = purpose == .evaluation
    let settled = network.settlingReshapes(types)
    let running =
      evaluates ? settled.foldingNormalizations(as: precision.elementType) : settled
    layout = Layout(running)
    program = try Program(running, types: types)
    fusedSteps =
      evaluates
      ? try EvaluationFusion(running, types: types, precision: precision, device: device)
        .fused(program.steps)
      : Fusion(running).fused(program.steps)
    let read = evaluates ? Set(fusedSteps.flatMap(\.operands).compactMap(\.self)) : nil
    parameters = try Self.parameters(
      of: running, precision: precision, device: device, layout: layout, read: read)
    trainedParameters = evaluates ? [:] : try Self.trained(network, parameters)
    parts = evaluates && device == .cpu ? BatchParts(network, types: types) : nil
    runSizes = RunSizes(settled, program, steps: fusedSteps, precision: precision)
  }

  private static func parameters(
    of network: Network, precision: Precision, device: Device, layout: Layout, read: Set<Int>?
  ) throws(EngineError) -> [TorchTensor?] {
    var tensors: [TorchTensor?] = []
    let outputs = Set(network.graph.outputs.map(\.name))
    for (slot, parameter) in network.parameters.values.enumerated() {
      if let read, !read.contains(slot), !outputs.contains(parameter.name) {
        tensors.append(nil)
        continue
      }
      let type =
        parameter.elementType.isFloatingPoint ? precision.elementType : parameter.elementType
      let tensor = try TorchTensor(parameter.tensor(as: type)).converted(to: device)
      tensors.append(try layout.arranged(tensor, parameter: parameter.name))
    }
    return tensors
  }

  private static func trained(
    _ network: Network, _ tensors: [TorchTensor?]
  ) throws(EngineError) -> OrderedDictionary<String, TorchTensor> {
    let names = network.trainedParameterNames
    var trained: OrderedDictionary<String, TorchTensor> = [:]
    for (name, tensor) in zip(network.parameters.keys, tensors) {
      guard let tensor, names.contains(name), tensor.isFloatingPoint else { continue }
      try tensor.setRequiresGradient(true)
      trained[name] = tensor
    }
    return trained
  }

  /// What batch norms keep of the batches they have seen, in the network's order.
  package var runningStatistics: [TorchTensor] {
    let kinds = original.parameterKinds
    return zip(original.parameters.keys, parameters).compactMap { name, tensor in
      let isStatistic = kinds[name]?.contains { !$0.isTrained } ?? false
      return isStatistic ? tensor : nil
    }
  }

  /// The network with the values its parameters have now, in the types they came in, or all in
  /// `type`. Parameters that no run can change are those that were given.
  public func network(as type: ElementType? = nil) throws(EngineError) -> Network {
    guard purpose == .training else { throw .compiledForEvaluation }
    let kinds = original.parameterKinds
    var network = original
    for (parameter, tensor) in zip(original.parameters.values, parameters)
    where (kinds[parameter.name] != nil || type != nil) && parameter.elementType.isFloatingPoint {
      guard let tensor else { continue }
      let values = try tensor.tensor().converted(to: type ?? parameter.elementType)
      network.setParameter(Parameter(name: parameter.name, tensor: values))
    }
    return network
  }
}

extension Network {
  /// The types of all values of a network that can be run: without an operator that is not known,
  /// there is none that shape rules have not seen.
  ///
  /// - Throws: ``EngineError/invalidNetwork(_:)``, ``EngineError/opaqueOperator(_:node:)``.
  func runnableTypes() throws(EngineError) -> ValueTypes {
    let types: ValueTypes
    do { types = try validate() } catch { throw .invalidNetwork(error) }
    for node in graph.nodes where node.operation.runnable == nil {
      throw .opaqueOperator(node.operation.definition.name, node: node.name)
    }
    return types
  }

  /// Reshapes to sizes in the place of “the rest”, wherever those follow from the inputs' sizes.
  func settlingReshapes(_ types: ValueTypes) -> Network {
    let known = graph.symbols
    var network = self
    for (index, node) in graph.nodes.enumerated() {
      guard case .reshape(let reshape) = node.operation, let output = types[node.outputs[0]] else {
        continue
      }
      network.graph.nodes[index].operation = .reshape(reshape.settled(to: output, knowing: known))
    }
    return network
  }

  fileprivate var largestParameter: String {
    let largest = parameters.values.max { $0.elementCount < $1.elementCount }
    return largest.map { "\"\($0.name)\" \(TensorType($0.elementType, $0.shape))" } ?? ""
  }

  /// Weights, biases, scales and shifts; not statistics, nor parameters that nobody reads.
  package var trainedParameterNames: Set<String> {
    Set(parameterKinds.filter { $0.value.allSatisfy(\.isTrained) }.keys)
  }
}

/// In which order the elements of four-axis tensors are stored: channels last where the network
/// convolves images, as that halves the time of convolutions, norms and pooling.
struct Layout {
  private let filters: Set<String>

  init(_ network: Network) {
    var filters = Set<String>()
    for node in network.graph.nodes {
      guard case .convolution = node.operation else { continue }
      let weight = node.inputs[1]
      if network.parameters[weight]?.shape.rank == 4 { filters.insert(weight) }
    }
    self.filters = filters
  }

  func arranged(_ tensor: TorchTensor, parameter: String) throws(EngineError) -> TorchTensor {
    filters.contains(parameter) ? try tensor.copiedChannelsLast() : tensor
  }

  func arranged(input: TorchTensor) throws(EngineError) -> TorchTensor {
    !filters.isEmpty && input.rank == 4 ? try input.copiedChannelsLast() : input
  }
}
