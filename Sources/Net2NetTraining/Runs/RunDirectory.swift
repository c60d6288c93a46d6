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
///
/// Each file and each checkpoint appears whole or not at all. A run goes on from the newest
/// checkpoint whose manifest verifies, so it does not matter where a crash came.
public struct RunDirectory: Hashable, Sendable {
  public let path: String

  public var networkFile: String { "\(path)/network.onnx" }
  public var metricsFile: String { "\(path)/metrics.jsonl" }
  public var descriptionFile: String { "\(path)/run.json" }
  public var checkpointsFolder: String { "\(path)/checkpoints" }
  public var eventsFolder: String { "\(path)/tensorboard" }
  public var reportFile: String { "\(path)/report.html" }

  /// How many checkpoints are kept.
  public static let keptCheckpoints = 2

  /// The folder of a run that was begun earlier; see ``create(_:overwriting:)`` for a new one.
  public init(_ path: String) { self.path = path }

  /// Makes the folder, with those above it.
  ///
  /// - Parameter overwriting: removes the files of a run that is there. Files with the names of a
  ///   run's where there is no run are somebody else's, and stay.
  /// - Throws: ``TrainingError/runExists(_:)`` unless `overwriting`;
  ///   ``TrainingError/notARun(_:found:)``; ``TrainingError/unusableDirectory(_:reason:)``.
  public static func create(
    _ path: String, overwriting: Bool = false
  ) throws(TrainingError) -> RunDirectory {
    let run = RunDirectory(path)
    let existing = run.contents
    try run.checkReplaceable(existing, overwriting: overwriting)
    do {
      for file in existing { try FileManager.default.removeItem(atPath: file) }
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unusableDirectory(path, reason: error.localizedDescription)
    }
    return run
  }

  /// Throws what ``create(_:overwriting:)`` would throw for what is in the folder.
  public func check(overwriting: Bool) throws(TrainingError) {
    try checkReplaceable(contents, overwriting: overwriting)
  }

  private func checkReplaceable(
    _ existing: [String], overwriting: Bool
  ) throws(TrainingError) {
    guard let first = existing.first else { return }
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

  /// The newest checkpoint that verifies. What writers that were killed left behind is removed.
  ///
  /// - Throws: ``TrainingError/noCheckpoint(_:reason:)``.
  public func checkpoint() throws -> Checkpoint {
    AtomicDirectory.removeLeftovers(in: checkpointsFolder)
    AtomicDirectory.removeLeftovers(in: path)
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
    try AtomicFile.write(try json(description) + "\n", to: descriptionFile, overwriting: true)
  }

  /// The description that is there; nil where there is none that can be read.
  var begun: RunDescription? { try? description() }

  /// - Throws: ``TrainingError/damagedRun(file:expected:found:)``, `FilesError`.
  public func description() throws -> RunDescription {
    try decoded(RunDescription.self, from: descriptionFile, as: "the description of a run")
  }
}

/// - Throws: ``TrainingError/damagedRun(file:expected:found:)``, `FilesError`.
func decoded<T: Decodable>(_: T.Type, from file: String, as expected: String) throws -> T {
  let bytes = try FileContents(of: file).bytes
  let text = withExtendedLifetime(bytes) { Data(bytes.buffer) }
  do {
    return try JSONDecoder.exact.decode(T.self, from: text)
  } catch {
    throw TrainingError.damagedRun(file: file, expected: expected, found: "\(error)")
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
