import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTraining

/// All that a run's folder tells: what its report is made of.
struct RunRecord {
  let path: String
  let description: RunDescription
  /// What could not be read, in sentences.
  private(set) var problems: [String] = []
  let lines: [Metrics]
  /// Of growths, by their number from 1.
  private(set) var receipts: [Int: Receipt] = [:]

  /// - Throws: ``CommandError/noRun(_:)``, `TrainingError.damagedRun`, `FilesError`.
  init(_ run: RunDirectory) throws {
    path = run.path
    guard FileManager.default.fileExists(atPath: run.descriptionFile) else {
      throw CommandError.noRun(run.path)
    }
    description = try run.description()
    let log = try run.log()
    lines = log.lines
    problems = Self.problems(log)
    for record in growths.compactMap(\.growth) { read(record, in: run) }
  }

  private static func problems(_ log: RunLog) -> [String] {
    var damaged = log.damagedLines
    var problems: [String] = []
    if log.isCutOff {
      if !damaged.isEmpty { damaged.removeLast() }
      problems.append(
        "metrics.jsonl ends within a line, as when a run is killed; that line is left out")
    }
    if !damaged.isEmpty {
      let numbers = damaged.map(String.init).joined(separator: ", ")
      problems.append(
        damaged.count == 1
          ? "metrics.jsonl: line \(numbers) cannot be read and is left out"
          : "metrics.jsonl: lines \(numbers) cannot be read and are left out")
    }
    if log.lines.isEmpty { problems.append("nothing has been logged yet") }
    return problems
  }

  private mutating func read(_ record: GrowthRecord, in run: RunDirectory) {
    do {
      let data = try FileContents.data(of: "\(run.path)/\(record.receiptName)")
      receipts[record.index + 1] = try JSONDecoder().decode(Receipt.self, from: data)
    } catch {
      problems.append(
        "\(record.receiptName) cannot be read; growth \(record.index + 1) has no card")
    }
  }
}

extension RunRecord {
  var name: String {
    URL(filePath: path).standardizedFileURL.pathComponents.suffix(2).filter { $0 != "/" }
      .joined(separator: "/")
  }

  func lines(_ kind: Metrics.Kind) -> [Metrics] { lines.filter { $0.kind == kind } }

  var growths: [Metrics] { lines(.growth) }
  var evaluations: [Metrics] { lines(.evaluation) }
  var sessions: [Metrics] { lines(.start) }

  var lastStep: Int { lines.map(\.step).max() ?? 0 }
  /// By the budget of the last session.
  var budget: Int? { sessions.last?.session?.steps }
  var isComplete: Bool { budget.map { lastStep >= $0 } ?? false }

  /// Of the network that the run began with, and of the one it has now.
  var firstCost: Cost? { growths.first?.growth?.before ?? sessions.first?.session?.cost }
  var lastCost: Cost? { growths.last?.growth?.after ?? sessions.last?.session?.cost }

  /// Of all sessions, each to its last line.
  var seconds: Double {
    zip(lines, lines.dropFirst()).reduce(lines.last?.seconds ?? 0) { sum, pair in
      pair.1.kind == .start ? sum + pair.0.seconds : sum
    }
  }

  var classes: [String] { sessions.last?.session?.classes ?? [] }

  /// The median of what was measured since the last growth.
  var imagesPerSecond: Double? {
    let last = growths.last?.step ?? 0
    let measured = lines(.training).filter { $0.step > last }.compactMap(\.imagesPerSecond).sorted()
    return measured.isEmpty ? nil : measured[measured.count / 2]
  }
}
