internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// The folder of a training run.
///
/// | file | holds |
/// |---|---|
/// | `network.onnx` | the network as it was last saved |
/// | `metrics.jsonl` | a ``Metrics`` a line, as training went on |
/// | `run.json` | a ``RunDescription`` |
/// | `checkpoint.safetensors` | parameters, optimizer state and step, to go on from |
///
/// Each file appears whole or not at all. A run goes on from the checkpoint alone, so it does
/// not matter where between two files a crash came.
public struct RunDirectory: Hashable, Sendable {
  public let path: String

  public var networkFile: String { "\(path)/network.onnx" }
  public var metricsFile: String { "\(path)/metrics.jsonl" }
  public var descriptionFile: String { "\(path)/run.json" }
  public var checkpointFile: String { "\(path)/checkpoint.safetensors" }
  private var files: [String] { [networkFile, metricsFile, descriptionFile, checkpointFile] }

  /// The folder of a run that was begun earlier; see ``create(_:overwriting:)`` for a new one.
  public init(_ path: String) { self.path = path }

  /// Makes the folder, with those above it.
  ///
  /// - Parameter overwriting: removes the files of a run that is there.
  /// - Throws: ``TrainingError/runExists(_:)`` unless `overwriting`;
  ///   ``TrainingError/unusableDirectory(_:reason:)``.
  public static func create(
    _ path: String, overwriting: Bool = false
  ) throws(TrainingError) -> RunDirectory {
    let run = RunDirectory(path)
    let existing = run.files.filter(FileManager.default.fileExists)
    guard existing.isEmpty || overwriting else { throw .runExists(path) }
    do {
      for file in existing { try FileManager.default.removeItem(atPath: file) }
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unusableDirectory(path, reason: error.localizedDescription)
    }
    return run
  }

  /// Writes the checkpoint and the network.
  func save(_ checkpoint: Checkpoint) throws(FilesError) {
    try checkpoint.write(to: checkpointFile)
    try checkpoint.network.writeONNX(to: networkFile, overwriting: true)
  }

  /// What was saved last.
  ///
  /// - Throws: `FilesError` where a file is missing or damaged;
  ///   ``TrainingError/damagedRun(file:expected:found:)``.
  public func checkpoint() throws -> Checkpoint {
    try Checkpoint(network: Network(onnx: networkFile), values: checkpointFile)
  }
}

/// What a run was asked to do.
public struct RunDescription: Hashable, Sendable, Codable {
  /// A ``DataSpecification``, where the data came from one.
  public var data: String
  public var options: TrainingOptions

  public init(data: String, options: TrainingOptions) {
    self.data = data
    self.options = options
  }
}

extension RunDirectory {
  func write(_ description: RunDescription) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(description), as: UTF8.self) + "\n"
    try AtomicFile.write(text, to: descriptionFile, overwriting: true)
  }

  /// - Throws: ``TrainingError/damagedRun(file:expected:found:)``, `FilesError`.
  public func description() throws -> RunDescription {
    let bytes = try FileContents(of: descriptionFile).bytes
    let text = withExtendedLifetime(bytes) { Data(bytes.buffer) }
    do {
      return try JSONDecoder().decode(RunDescription.self, from: text)
    } catch {
      throw TrainingError.damagedRun(
        file: descriptionFile, expected: "the description of a run", found: "\(error)")
    }
  }
}
