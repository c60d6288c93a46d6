internal import Net2NetTorch

extension Ranks {
  /// Has this rank compute on a GPU that no other rank of its machine has.
  ///
  /// - Throws: ``TrainingError/option(_:expected:found:)`` for a device that ranks cannot share
  ///   their gradients from, or one GPU for several ranks.
  func claim(_ device: Device) throws {
    guard size > 1, device != .cpu else { return }
    guard device == .cuda, Engine.hasNCCL else {
      throw TrainingError.option(
        "device",
        expected: Engine.hasNCCL
          ? "cpu or cuda with \(size) ranks" : "cpu with \(size) ranks (this build has no NCCL)",
        found: device.rawValue)
    }
    // That there is none is told when the network is compiled.
    guard device.isAvailable else { return }
    try Engine.chooseGPU(Self.gpu(ofLocalRank: localRank, among: device.count))
  }

  /// A launcher may have each process see one GPU only, which then is its own.
  static func gpu(ofLocalRank rank: Int, among count: Int) throws(TrainingError) -> Int {
    guard count > 1 else { return 0 }
    guard rank < count else {
      throw .option(
        "ranks of one machine", expected: "\(count) at most, one for each GPU,",
        found: "local rank \(rank)")
    }
    return rank
  }
}
