internal import Foundation
internal import SwiftProtobuf

/// A TensorBoard event file, open for more. Each event is in the file as soon as it is appended.
///
/// TensorBoard merges the files of one folder, in the order of their names. A file begins with the
/// start of a session at a step, and TensorBoard then forgets what files before it said of later
/// steps: so a run that is taken up at a checkpoint overwrites nothing and shows nothing twice.
public final class EventFile {
  /// The value of a hyper-parameter.
  public enum Value: Hashable, Sendable {
    case number(Double)
    case text(String)
    case flag(Bool)
  }

  private let path: String
  private let file: AppendedFile

  /// Makes a file in `folder`, and the folder where there is none.
  ///
  /// - Throws: ``FilesError/unwritable(file:reason:)``.
  public init(in folder: String, from step: Int) throws(FilesError) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(file: folder, reason: error.localizedDescription)
    }
    path = "\(folder)/\(Self.name(in: folder))"
    file = try AppendedFile(path, creating: true)
    try append(step: 0) { $0.fileVersion = "brain.Event:2" }
    try append(step: step) { event in event.sessionLog = .with { $0.status = .start } }
  }

  public func append(_ scalars: [String: Double], step: Int) throws(FilesError) {
    try append(step: step) { event in
      event.summary.value = scalars.sorted { $0.key < $1.key }.map { tag, number in
        .with {
          $0.tag = tag
          $0.simpleValue = Float(number)
        }
      }
    }
  }

  /// - Parameter text: Markdown.
  public func append(_ text: String, tag: String, step: Int) throws(FilesError) {
    try append(step: step) { event in
      event.summary.value = [
        .with {
          $0.tag = tag
          $0.metadata = Self.metadata("text", Data())
          $0.tensor.dtype = .dtString
          $0.tensor.tensorShape.dim = [.with { $0.size = 1 }]
          $0.tensor.stringVal = [Data(text.utf8)]
        }
      ]
    }
  }

  /// What the folder's run was begun with; TensorBoard keeps the first that it reads.
  public func append(hyperparameters: [String: Value]) throws(FilesError) {
    try append("session_start_info") { data in
      data.sessionStartInfo.startTimeSecs = Date().timeIntervalSince1970
      data.sessionStartInfo.hparams = hyperparameters.mapValues(\.message)
    }
  }

  /// That the folder's run is over.
  public func appendEnd() throws(FilesError) {
    try append("session_end_info") { data in
      data.sessionEndInfo.status = .success
      data.sessionEndInfo.endTimeSecs = Date().timeIntervalSince1970
    }
  }

  private func append(
    _ name: String, _ fill: (inout TensorBoardHParamsPluginData) -> Void
  ) throws(FilesError) {
    var data = TensorBoardHParamsPluginData()
    fill(&data)
    let content = try bytes(data)
    try append(step: 0) { event in
      event.summary.value = [
        .with {
          $0.tag = "_hparams_/\(name)"
          $0.metadata = Self.metadata("hparams", Data(content))
          $0.tensor.dtype = .dtFloat
          $0.tensor.tensorShape.dim = [.with { $0.size = 0 }]
        }
      ]
    }
  }

  private static func metadata(_ plugin: String, _ content: Data) -> TensorBoardSummaryMetadata {
    .with {
      $0.pluginData.pluginName = plugin
      $0.pluginData.content = content
      $0.dataClass = .tensor
    }
  }

  private func append(
    step: Int, _ fill: (inout TensorBoardEvent) -> Void
  ) throws(FilesError) {
    var event = TensorBoardEvent()
    event.wallTime = Date().timeIntervalSince1970
    event.step = Int64(step)
    fill(&event)
    try file.append(RecordFraming.record(try bytes(event)))
  }

  private func bytes(_ message: some SwiftProtobuf.Message) throws(FilesError) -> [UInt8] {
    do { return try message.serializedBytes() } catch {
      throw .unwritable(file: path, reason: "\(error)")
    }
  }

  /// Later than any that is there, within one second too: TensorBoard goes by the names.
  private static func name(in folder: String) -> String {
    let prefix = "events.out.tfevents."
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let seconds = names.filter { $0.hasPrefix(prefix) }
      .compactMap { Int($0.dropFirst(prefix.count).prefix { $0.isNumber }) }
    let now = Int(Date().timeIntervalSince1970)
    let host = ProcessInfo.processInfo.hostName
    return "\(prefix)\(max(now, (seconds.max() ?? 0) + 1)).\(host).\(getpid())"
  }
}

extension EventFile.Value {
  fileprivate var message: TensorBoardValue {
    .with {
      switch self {
      case .number(let number): $0.numberValue = number
      case .text(let text): $0.stringValue = text
      case .flag(let flag): $0.boolValue = flag
      }
    }
  }
}
