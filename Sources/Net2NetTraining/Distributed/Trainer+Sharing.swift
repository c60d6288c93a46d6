internal import Foundation
internal import Net2Net
internal import Net2NetFiles

extension Trainer {
  /// What rank 0 trains, on all ranks: its network, options, plan and place in the run. Only rank 0
  /// needs their files; each rank loads the data itself.
  ///
  /// - Parameters:
  ///   - make: called on rank 0 alone.
  ///   - load: called on the others, with the data's specification.
  /// - Throws: ``TrainingError/endedByRankZero(_:)`` where `make` has failed there, and on all ranks
  ///   ``TrainingError/ranksHoldOther(_:_:remedy:)`` where one finds other data.
  public static func shared(
    among ranks: Ranks, _ make: () throws -> Trainer, data load: (String) throws -> DataSet
  ) throws -> Trainer {
    if ranks.size == 1 { return try make() }
    return try ranks.naming("sharing what rank 0 has") {
      var made: Trainer?
      let task = try ranks.fromRankZero { () -> SharedTask in
        let trainer = try make()
        made = trainer
        return SharedTask(
          description: try trainer.description(begun: nil), isBegun: trainer.start != nil)
      }
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("net2net-\(UUID().uuidString)").path
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try ranks.shareFolder(folder) {
        guard let made else { return }
        let checkpoint =
          made.start
          ?? Checkpoint(
            network: made.network, optimizer: OptimizerState(), progress: RunProgress())
        try checkpoint.write(into: folder)
      }
      let data = try made?.data ?? load(task.description.data)
      try ranks.check(Fingerprint(of: data), at: "the beginning")
      if let made { return made }
      let checkpoint = try Checkpoint(folder: folder)
      return try Trainer(
        checkpoint.network, data: data, options: task.description.options,
        growth: task.description.growth, start: task.isBegun ? checkpoint : nil)
    }
  }
}

private struct SharedTask: Codable {
  var description: RunDescription
  /// The run goes on from a checkpoint.
  var isBegun: Bool
}

extension Ranks {
  /// Makes a folder on all ranks that holds the files which `write` puts into that of rank 0.
  fileprivate func shareFolder(_ folder: String, _ write: () throws -> Void) throws {
    let names = try fromRankZero {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try write()
      return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
    if !isFirst {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    for name in names {
      let file = "\(folder)/\(name)"
      let bytes = try bytesFromRankZero { try FileContents.data(of: file) }
      if !isFirst { try bytes.write(to: URL(fileURLWithPath: file)) }
    }
  }
}
