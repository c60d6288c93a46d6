public import Net2Net
package import OrderedCollections

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
  let layout: Layout
  /// By slot; parameters only.
  let parameters: [TorchTensor]

  /// The processes that learn together: statistics of a batch are then those of all their batches,
  /// and all of them run the same.
  package var ranks: ProcessGroup?

  /// Parameters that gradients are computed for, in the network's order.
  package let trainedParameters: OrderedDictionary<String, TorchTensor>

  /// - Throws: ``EngineError`` where libtorch or the device is missing, the network does not
  ///   validate, or an operator cannot be run.
  public init(
    _ network: Network, precision: Precision = .float32, device: Device = .cpu
  ) throws(EngineError) {
    guard Engine.isAvailable else { throw .noLibtorch }
    guard device.isAvailable else { throw .deviceUnavailable(device) }
    let types: ValueTypes
    do { types = try network.validate() } catch { throw .invalidNetwork(error) }
    self.precision = precision
    self.device = device
    original = network
    program = try Program(network, types: types)
    layout = Layout(network)
    parameters = try Self.parameters(
      of: network, precision: precision, device: device, layout: layout)
    trainedParameters = try Self.trained(network, parameters)
  }

  private static func parameters(
    of network: Network, precision: Precision, device: Device, layout: Layout
  ) throws(EngineError) -> [TorchTensor] {
    var tensors: [TorchTensor] = []
    for parameter in network.parameters.values {
      let type =
        parameter.elementType.isFloatingPoint ? precision.elementType : parameter.elementType
      let tensor = try TorchTensor(parameter.tensor(as: type)).converted(to: device)
      tensors.append(try layout.arranged(tensor, parameter: parameter.name))
    }
    return tensors
  }

  private static func trained(
    _ network: Network, _ tensors: [TorchTensor]
  ) throws(EngineError) -> OrderedDictionary<String, TorchTensor> {
    let names = network.trainedParameterNames
    var trained: OrderedDictionary<String, TorchTensor> = [:]
    for (name, tensor) in zip(network.parameters.keys, tensors) {
      guard names.contains(name), tensor.isFloatingPoint else { continue }
      try tensor.setRequiresGradient(true)
      trained[name] = tensor
    }
    return trained
  }

  /// The network with the values its parameters have now, in the types they came in, or all in
  /// `type`. Parameters that no run can change are those that were given.
  public func network(as type: ElementType? = nil) throws(EngineError) -> Network {
    let kinds = original.parameterKinds
    var network = original
    for (parameter, tensor) in zip(original.parameters.values, parameters)
    where (kinds[parameter.name] != nil || type != nil) && parameter.elementType.isFloatingPoint {
      let values = try tensor.tensor().converted(to: type ?? parameter.elementType)
      network.setParameter(Parameter(name: parameter.name, tensor: values))
    }
    return network
  }
}

extension Network {
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
