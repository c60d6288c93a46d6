internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// The folder of a training run (docs/runs.md).
///
/// | file | holds |
/// |---|---|
/// | `network.onnx` | the network as it was last saved |
/// | `metrics.jsonl` | a ``Metrics`` a line, as training went on |
/// | `run.json` | a ``RunDescription`` |
/// | `checkpoints/step-…` | the last two checkpoints: network, optimizer, progress, manifest |
/// | `growth-N.teacher.onnx`, `.receipt.json` | each growth: the network before, and what was done |
/// | `tensorboard/` | event files, see ``TensorBoardLog`` |
/// | `report.html` | the run as one page |
/// | `lock` | who writes to the folder |
///
/// Each file and each checkpoint appears whole or not at all. A run goes on from the newest
/// checkpoint whose manifest verifies, so it does not matter where a crash came.
///
/// One process at a time writes to a folder. A value that ``create(_:overwriting:)`` or ``locked()``
/// returns has the right to, and keeps it until its last copy is gone; others only read.
public struct RunDirectory: Hashable, Sendable {
  public let path: String
  private let lock: DirectoryLock?

  public var networkFile: String { "\(path)/network.onnx" }
  public var metricsFile: String { "\(path)/metrics.jsonl" }
  public var descriptionFile: String { "\(path)/run.json" }
  public var checkpointsFolder: String { "\(path)/checkpoints" }
  public var eventsFolder: String { "\(path)/tensorboard" }
  public var reportFile: String { "\(path)/report.html" }

  /// How many checkpoints are kept.
  public static let keptCheckpoints = 2

  /// The folder of a run that was begun earlier, to be read; see ``create(_:overwriting:)`` for a new
  /// one.
  public init(_ path: String) { self.init(path, lock: nil) }

  private init(_ path: String, lock: DirectoryLock?) {
    self.path = path
    self.lock = lock
  }

  public static func == (left: RunDirectory, right: RunDirectory) -> Bool {
    left.path == right.path
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(path) }

  /// Makes the folder, with those above it.
  ///
  /// - Parameter overwriting: removes the files of a run that is there. Files with the names of a
  ///   run's where there is no run are somebody else's, and stay.
  /// - Throws: ``TrainingError/runExists(_:)`` unless `overwriting`;
  ///   ``TrainingError/notARun(_:found:)``; what ``locked()`` throws.
  public static func create(
    _ path: String, overwriting: Bool = false
  ) throws(TrainingError) -> RunDirectory {
    let run = RunDirectory(path)
    // Where nobody has ever had the lock, what is refused leaves no trace.
    if !FileManager.default.fileExists(atPath: run.lockFile) {
      try run.check(overwriting: overwriting)
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unusableDirectory(path, reason: error.localizedDescription)
    }
    let locked = try run.locked()
    try run.check(overwriting: overwriting)
    do {
      for file in run.contents { try FileManager.default.removeItem(atPath: file) }
    } catch {
      throw .unusableDirectory(path, reason: error.localizedDescription)
    }
    return locked
  }

  /// The same folder, with the right to write to it.
  ///
  /// - Throws: ``TrainingError/inUse(_:process:machine:)`` where somebody else has it;
  ///   ``TrainingError/unusableDirectory(_:reason:)``.
  public func locked() throws(TrainingError) -> RunDirectory {
    if lock != nil { return self }
    return RunDirectory(path, lock: try DirectoryLock(run: path))
  }

  private var lockFile: String { "\(path)/lock" }

  /// Throws what ``create(_:overwriting:)`` would throw for what is in the folder.
  public func check(overwriting: Bool) throws(TrainingError) {
    guard let first = contents.first else { return }
    guard looksLikeARun else {
      throw .notARun(path, found: String(first.dropFirst(path.count + 1)))
    }
    guard overwriting else { throw .runExists(path) }
  }

  /// Whether run.json is there, and of a run, whatever version of the program or damage it has.
  private var looksLikeARun: Bool {
    guard let data = try? FileContents.data(of: descriptionFile),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return false }
    return object["data"] != nil && object["options"] != nil
  }

  /// The files and folders of a run that are there, `run.json` last: removed in this order, what is
  /// left can be told to be a run to the end.
  public var contents: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let growths = names.filter {
      $0.hasPrefix("growth-") && ($0.hasSuffix(".onnx") || $0.hasSuffix(".receipt.json"))
    }.sorted().map { "\(path)/\($0)" }
    let networks = [networkFile] + growths.filter { $0.hasSuffix(".onnx") }
    let files =
      [networkFile, metricsFile, checkpointsFolder, eventsFolder, reportFile] + growths
      + networks.flatMap(DataFileName.all) + [descriptionFile]
    return files.filter(FileManager.default.fileExists)
  }

  // MARK: Checkpoints

  /// Writes a checkpoint, then the network, then removes the checkpoints that are too old.
  func save(_ checkpoint: Checkpoint) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: checkpointsFolder, withIntermediateDirectories: true)
    } catch {
      throw TrainingError.unusableDirectory(path, reason: error.localizedDescription)
    }
    let digits = String(checkpoint.step)
    let name = "step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    try AtomicDirectory.write("\(checkpointsFolder)/\(name)") { folder in
      try checkpoint.write(into: folder)
    }
    try checkpoint.network.converted(to: checkpoint.storedType)
      .writeONNX(to: networkFile, overwriting: true)
    for old in checkpointNames.dropLast(Self.keptCheckpoints) {
      try? FileManager.default.removeItem(atPath: "\(checkpointsFolder)/\(old)")
    }
  }

  /// Whether there is anything to go on from, or was before it was damaged.
  public var holdsCheckpoints: Bool { !checkpointNames.isEmpty }

  /// Oldest first.
  private var checkpointNames: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsFolder)) ?? []
    return names.filter { $0.hasPrefix("step-") && Int($0.dropFirst(5)) != nil }.sorted()
  }

  /// The newest checkpoint that verifies. What writers that were killed left behind is removed by
  /// whoever may write.
  ///
  /// - Throws: ``TrainingError/noCheckpoint(_:reason:)``.
  public func checkpoint() throws -> Checkpoint {
    if lock != nil {
      AtomicDirectory.removeLeftovers(in: checkpointsFolder)
      AtomicDirectory.removeLeftovers(in: path)
    }
    var newest: (any Error)?
    for name in checkpointNames.reversed() {
      let folder = "\(checkpointsFolder)/\(name)"
      do {
        try AtomicDirectory.verify(folder)
        return try Checkpoint(folder: folder)
      } catch {
        newest = newest ?? error
      }
    }
    throw TrainingError.noCheckpoint(
      path, reason: newest.map { "\($0)" } ?? "none was written yet")
  }

  // MARK: Description

  func write(_ description: RunDescription) throws {
    try AtomicFile.write(
      SealedText.sealed(try json(description) + "\n"), to: descriptionFile, overwriting: true)
  }

  /// What the run was begun with; nil where nothing has been written yet.
  ///
  /// - Throws: what ``description()`` throws.
  func begun() throws -> RunDescription? {
    FileManager.default.fileExists(atPath: descriptionFile) ? try description() : nil
  }

  /// - Throws: ``TrainingError/damagedRun(file:expected:found:)``,
  ///   ``TrainingError/changedDescription(file:expected:found:)``, `FilesError`.
  public func description() throws -> RunDescription {
    let text = try FileContents.data(of: descriptionFile)
    let description = try decoded(
      RunDescription.self, from: text, of: descriptionFile, as: "the description of a run")
    if case .changed(let expected, let found) = SealedText.check(text) {
      throw TrainingError.changedDescription(
        file: descriptionFile, expected: expected, found: found)
    }
    return description
  }
}

extension DirectoryLock {
  /// For a folder of runs.
  convenience init(run folder: String) throws(TrainingError) {
    do throws(DirectoryLock.Failure) { try self.init(folder) } catch {
      switch error {
      case .held(let process, let machine):
        throw .inUse(folder, process: process, machine: machine)
      case .unusable(let reason): throw .unusableDirectory(folder, reason: reason)
      }
    }
  }
}

/// - Throws: ``TrainingError/damagedRun(file:expected:found:)``, `FilesError`.
func decoded<T: Decodable>(_: T.Type, from file: String, as expected: String) throws -> T {
  try decoded(T.self, from: FileContents.data(of: file), of: file, as: expected)
}

private func decoded<T: Decodable>(
  _: T.Type, from text: Data, of file: String, as expected: String
) throws(TrainingError) -> T {
  do {
    return try JSONDecoder.exact.decode(T.self, from: text)
  } catch {
    throw .damagedRun(file: file, expected: expected, found: "\(error)")
  }
}

extension JSONDecoder {
  /// Reads what `json(_:)` writes, numbers that are none too.
  static var exact: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
