internal import Foundation
internal import Net2NetFiles

/// `metrics.jsonl`, open for more: one line of JSON for each ``Metrics``, in the file as soon as
/// it is appended.
final class MetricsLog {
  private let path: String
  private let file: FileHandle
  private let encoder: JSONEncoder

  /// Takes out of a log that is there what a run from `step` on will write again.
  init(_ path: String, from step: Int) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    self.encoder = encoder
    self.path = path
    let kept = try Self.read(path).filter {
      $0.kind == .evaluation ? $0.step < step : $0.step <= step
    }
    let lines = try kept.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
    try AtomicFile.write(lines.joined(), to: path, overwriting: true)
    file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
  }

  func append(_ metrics: Metrics) throws {
    let line = try encoder.encode(metrics) + [UInt8(ascii: "\n")]
    do { try file.write(contentsOf: line) } catch {
      throw FilesError.unwritable(file: path, reason: error.localizedDescription)
    }
  }

  /// The lines of a log, up to the first that is not whole; none where there is no file.
  static func read(_ path: String) throws -> [Metrics] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let decoder = JSONDecoder()
    var metrics: [Metrics] = []
    for line in try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: 0x0A) {
      guard let decoded = try? decoder.decode(Metrics.self, from: line) else { break }
      metrics.append(decoded)
    }
    return metrics
  }
}

extension RunDirectory {
  /// Everything logged so far; none before the run began.
  public func metrics() throws -> [Metrics] { try MetricsLog.read(metricsFile) }
}
