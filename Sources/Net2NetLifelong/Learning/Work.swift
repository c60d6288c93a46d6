public import Net2Net
internal import OrderedCollections

/// What learning took.
///
/// Multiply-adds are those of ``Cost/multiplyAdds`` for one example. A training step is counted as
/// three forward passes: one forwards, and backwards one for the gradients of the values and one
/// for those of the parameters. Looking at an example without learning from it is one.
public struct Work: Hashable, Sendable, Codable {
  public var multiplyAdds = 0
  public var seconds = 0.0
  /// Examples learnt from, each time that they were.
  public var samples = 0

  public init(multiplyAdds: Int = 0, seconds: Double = 0, samples: Int = 0) {
    self.multiplyAdds = multiplyAdds
    self.seconds = seconds
    self.samples = samples
  }

  public static func training(_ network: Network, samples: Int) throws -> Work {
    Work(multiplyAdds: 3 * samples * (try network.cost().multiplyAdds), samples: samples)
  }

  public static func looking(_ network: Network, samples: Int) throws -> Work {
    Work(multiplyAdds: samples * (try network.cost().multiplyAdds))
  }

  public static func += (sum: inout Work, other: Work) {
    sum.multiplyAdds += other.multiplyAdds
    sum.seconds += other.seconds
    sum.samples += other.samples
  }
}

/// What training a network takes of memory, estimated: parameters with their gradients and two
/// moments, and for each sample of a batch the results of all layers with their gradients.
public struct TrainingMemory: Hashable, Sendable {
  public let bytes: Int

  public init(of network: Network, batchSize: Int) throws {
    let layers = try network.layerCosts()
    let activations = layers.reduce(0) { $0 + $1.cost.activationBytes }
    bytes = 4 * (try network.cost().parameterBytes) + 2 * batchSize * activations
  }
}
