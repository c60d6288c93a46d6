internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// `metrics.jsonl`, open for more: one line of JSON for each ``Metrics``, in the file as soon as
/// it is appended.
final class MetricsLog {
  private let file: AppendedFile
  /// The seconds of the last line of a log that lacks the line of the checkpoint which the run goes on
  /// from; nil where nothing is missing.
  let secondsWithoutCheckpoint: Double?

  /// Takes out of a log that is there what a run from `step` on will write again.
  convenience init(_ path: String, from step: Int) throws {
    let kept = try RunLog(path).lines.filter {
      $0.kind == .evaluation ? $0.step < step : $0.step <= step
    }
    try AtomicFile.write(try kept.flatMap(Self.line), to: path, overwriting: true)
    let isWhole = step == 0 || kept.contains { $0.kind == .checkpoint && $0.step == step }
    self.init(
      appendingTo: try AppendedFile(path, creating: false),
      secondsWithoutCheckpoint: isWhole ? nil : kept.last?.seconds)
  }

  init(appendingTo file: consuming AppendedFile, secondsWithoutCheckpoint: Double? = nil) {
    self.file = file
    self.secondsWithoutCheckpoint = secondsWithoutCheckpoint
  }

  /// - Throws: `FilesError.unwritable`.
  func append(_ metrics: Metrics) throws { try file.append(try Self.line(metrics)) }

  private static func line(_ metrics: Metrics) throws -> [UInt8] {
    Array(try json(metrics, isOneLine: true).utf8) + [UInt8(ascii: "\n")]
  }
}

/// What `metrics.jsonl` holds.
public struct RunLog: Sendable {
  /// Without those that are damaged.
  public private(set) var lines: [Metrics] = []
  /// The numbers of lines that cannot be read, from 1.
  public private(set) var damagedLines: [Int] = []
  /// The last line has no end, as when its writer was killed; it is among the damaged ones unless
  /// only the line break is missing.
  public private(set) var isCutOff = false

  /// Nothing where there is no file.
  ///
  /// - Throws: `FilesError`.
  init(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    let bytes = try FileContents(of: path).bytes
    let text = withExtendedLifetime(bytes) { Data(bytes.buffer) }
    isCutOff = text.last.map { $0 != UInt8(ascii: "\n") } ?? false
    let decoder = JSONDecoder.exact
    for (index, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty {
      if let metrics = try? decoder.decode(Metrics.self, from: line) {
        lines.append(metrics)
      } else {
        damagedLines.append(index + 1)
      }
    }
  }
}

extension RunDirectory {
  /// Everything logged so far; nothing before the run began.
  public func log() throws -> RunLog { try RunLog(metricsFile) }
}
