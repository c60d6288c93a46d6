public import Net2Net
internal import Net2NetTorch

/// What every version of a model takes and gives: samples of one shape into its one input, a number
/// for each class out of its one output.
public struct ModelSignature: Hashable, Sendable {
  public let sampleShape: Shape
  /// An output may have more, for classes that appeared later.
  public let leastClasses: Int

  public init(_ settings: LiveSettings) {
    sampleShape = settings.sample.shape
    leastClasses = settings.classes.count
  }

  /// - Throws: ``LifelongError/signatureMismatch(part:expected:found:)``.
  public func check(_ network: Network) throws(LifelongError) {
    let (inputs, outputs) = (network.graph.inputs, network.graph.outputs)
    guard inputs.count == 1, outputs.count == 1 else {
      throw .signatureMismatch(
        part: "the network", expected: "one input and one output",
        found: "\(inputs.count) and \(outputs.count)")
    }
    let sizes = sizes(for: inputs[0].type)
    let expected = TensorType(.float32, [.symbolic("N")] + sizes.map(Dimension.fixed))
    guard suits(inputs[0].type, expected) else {
      throw .signatureMismatch(
        part: "the network's input \"\(inputs[0].name)\"",
        expected: "\(expected), for samples \(sampleShape),", found: "\(inputs[0].type)")
    }
    let type = outputs[0].type
    guard type.rank == 2, type.dimensions[1].size ?? leastClasses >= leastClasses else {
      throw .signatureMismatch(
        part: "the network's output \"\(outputs[0].name)\"",
        expected: "(N, \(leastClasses)) or more, a number for each class,", found: "\(type)")
    }
  }

  /// Of one sample; vectors are taken for samples of any shape.
  private func sizes(for input: TensorType) -> [Int] {
    input.rank == 2 ? [sampleShape.elementCount] : sampleShape.sizes
  }

  /// The network for samples of this one shape: sizes of its input that it leaves open, such as an
  /// image's height, are those of the samples, so that whoever runs it needs to ask for no others.
  ///
  /// - Throws: ``LifelongError/signatureMismatch(part:expected:found:)``, also for a network that
  ///   cannot take samples of these sizes.
  public func fitted(_ network: Network) throws(LifelongError) -> Network {
    try check(network)
    let input = network.graph.inputs[0]
    var fixed: [String: Int] = [:]
    for (dimension, size) in zip(input.type.dimensions.dropFirst(), sizes(for: input.type))
    where dimension.size == nil {
      guard case .symbolic(let name) = dimension, dimension != input.type.dimensions[0],
        fixed[name] ?? size == size
      else {
        throw .signatureMismatch(
          part: "the network's input \"\(input.name)\"",
          expected: "one that takes batches of any size of samples \(sampleShape)",
          found: "\(input.type)")
      }
      fixed[name] = size
    }
    guard !fixed.isEmpty else { return network }
    do throws(NetworkError) {
      return try network.fixing(fixed)
    } catch {
      throw .signatureMismatch(
        part: "the network", expected: "one that takes samples \(sampleShape)", found: "\(error)")
    }
  }

  /// Runs a network alone and in a batch, as whoever serves it will before anything else.
  ///
  /// - Throws: ``LifelongError/signatureMismatch(part:expected:found:)`` where it does not give a row
  ///   with a number for each class for each sample; `EngineError`.
  func tryOut(_ network: Network) throws {
    let compiled = try CompiledNetwork(network, purpose: .evaluation)
    let output = network.graph.outputs[0].name
    for rows in [1, 2] {
      let found = try compiled.run(network.graph.inputs.zeros(rows: rows))[output]?.shape
      guard let found, found.rank == 2, found[0] == rows, found[1] >= leastClasses else {
        throw LifelongError.signatureMismatch(
          part:
            "the network's output \"\(output)\" for \(rows) \(rows == 1 ? "sample" : "samples")",
          expected: "(\(rows), \(leastClasses)) or more, a number for each class,",
          found: found.map { "\($0)" } ?? "none")
      }
    }
  }

  /// Batches are of any size; another axis whose size is known at run time only takes any.
  private func suits(_ type: TensorType, _ expected: TensorType) -> Bool {
    type.rank == expected.rank && type.elementType.isFloatingPoint
      && type.dimensions[0].size == nil
      && zip(type.dimensions, expected.dimensions).dropFirst().allSatisfy {
        $0.size == nil || $0.size == $1.size
      }
  }
}

extension [ValueDeclaration] {
  /// A tensor of zeros for each; sizes that are open are all `rows`.
  func zeros(rows: Int) -> [String: Tensor] {
    reduce(into: [:]) { tensors, input in
      tensors[input.name] = Tensor(
        elementType: input.type.elementType, shape: input.type.shape(batch: rows), repeating: 0)
    }
  }
}
