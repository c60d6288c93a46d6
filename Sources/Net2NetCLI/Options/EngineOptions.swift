import ArgumentParser
import Net2NetTorch

/// `--threads` and `--device`, for commands that run networks.
struct EngineOptions: ParsableArguments {
  @Option(help: "Threads for each operator; as many as libtorch thinks best unless given.")
  var threads: Int?

  @Option(name: .customLong("device"), help: "cpu, cuda or mps.")
  var deviceName = "cpu"

  func validate() throws {
    _ = try choice("device", deviceName, as: Device.self)
  }

  /// The device, with the number of threads set.
  func prepared() throws -> Device {
    if let threads { try Engine.setThreads(threads) }
    return try choice("device", deviceName, as: Device.self)
  }
}
