internal import Foundation
public import Net2Net
public import Net2NetTorch

/// Where and with what a run was begun or taken up.
public struct SessionRecord: Hashable, Sendable, Codable {
  /// ISO 8601, in UTC.
  public var began: String
  /// As it was typed.
  public var command: String?
  /// Its operating system.
  public var machine: String
  public var cores: Int
  /// libtorch's version.
  public var libtorch: String?
  public var threads: Int
  public var device: Device
  public var precision: Precision
  /// The processes that learn together.
  public var ranks: Int
  /// Of the whole run, by its budget now.
  public var steps: Int
  public var stepsPerEpoch: Int
  /// Of the network as it is then.
  public var cost: Cost
  public var classes: [String]
}

extension SessionRecord {
  init(of trainer: Trainer, ranks: Int) throws {
    let system = ProcessInfo.processInfo
    self.init(
      began: Date().formatted(.iso8601), command: trainer.command,
      machine: system.operatingSystemVersionString, cores: system.activeProcessorCount,
      libtorch: Engine.version, threads: Engine.threads, device: trainer.options.device,
      precision: trainer.options.precision, ranks: ranks, steps: trainer.steps,
      stepsPerEpoch: trainer.loader.batchesPerEpoch, cost: try trainer.network.cost(),
      classes: trainer.data.classes)
  }
}

/// The most memory that this process has had so far, in bytes.
func peakMemoryBytes() -> Int? {
  var usage = rusage()
  #if canImport(Darwin)
    return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : nil
  #else
    // In kibibytes there.
    let isKnown = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0
    return isKnown ? Int(usage.ru_maxrss) << 10 : nil
  #endif
}
