internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// The folder of a comparison: what was asked, and a file for each run that has come to its end.
struct ComparisonFolder {
  let path: String
  /// Two comparisons in one folder would make each other's runs.
  private let lock: DirectoryLock

  /// What a comparison must go on with.
  private struct Beginning: Codable {
    var data: String
    /// Nil where it was begun before contents were compared.
    var dataDigest: String?
    var plan: ComparisonPlan
  }

  private var planFile: String { "\(path)/plan.json" }

  /// Makes the folder, or takes it up.
  ///
  /// - Throws: ``TrainingError/otherRun(part:expected:found:)`` where it was begun with something
  ///   else; ``TrainingError/inUse(_:process:machine:)``;
  ///   ``TrainingError/unusableDirectory(_:reason:)``.
  init(_ path: String, plan: ComparisonPlan, data: DataSet) throws {
    self.path = path
    try Self.make(path)
    lock = try DirectoryLock(run: path)
    var beginning = Beginning(
      data: data.summary, dataDigest: try data.digest().description, plan: plan)
    guard FileManager.default.fileExists(atPath: planFile) else {
      try AtomicFile.write(try json(beginning) + "\n", to: planFile, overwriting: false)
      return
    }
    let begun = try decoded(Beginning.self, from: planFile, as: "what a comparison began with")
    if begun.dataDigest == nil { beginning.dataDigest = nil }
    if let difference = try firstDifference(begun, beginning) {
      throw TrainingError.otherRun(
        part: difference.place.joined(separator: "."), expected: difference.old,
        found: difference.new)
    }
    AtomicDirectory.removeLeftovers(in: path)
  }

  private static func make(_ folder: String) throws(TrainingError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .unusableDirectory(folder, reason: error.localizedDescription)
    }
  }

  // MARK: Runs

  private func file(_ run: ComparisonRun) -> String { "\(path)/\(run.path).json" }

  /// Nil for a run that has not come to its end.
  func result(of run: ComparisonRun) throws -> ComparisonResult? {
    let file = file(run)
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    return try decoded(ComparisonResult.self, from: file, as: "the result of a run")
  }

  func write(_ result: ComparisonResult) throws { try write(result, to: file(result.run)) }

  /// For a run whose network others begin with.
  func directory(of run: ComparisonRun) -> RunDirectory { RunDirectory("\(path)/\(run.path)") }

  // MARK: Growths

  private func file(ofGrowth stage: Int, _ arm: String?, seed: UInt64) -> String {
    "\(path)/seed-\(seed)/\(arm.map { "\($0)/" } ?? "")growth-\(stage + 1).json"
  }

  func growth(_ stage: Int, of arm: String?, seed: UInt64) throws -> ComparisonGrowth? {
    let file = file(ofGrowth: stage, arm, seed: seed)
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    return try decoded(ComparisonGrowth.self, from: file, as: "what a growth did")
  }

  func write(_ growth: ComparisonGrowth) throws {
    try write(growth, to: file(ofGrowth: growth.stage, growth.arm, seed: growth.seed))
  }

  private func write(_ value: some Encodable, to file: String) throws {
    try Self.make((file as NSString).deletingLastPathComponent)
    try AtomicFile.write(try json(value) + "\n", to: file, overwriting: true)
  }
}

/// The first place, in the order of keys, where two values are not the same as JSON.
func firstDifference<T: Encodable>(
  _ old: T, _ new: T
) throws -> (place: [String], old: String, new: String)? {
  func tree(_ value: T) throws -> Any {
    try JSONSerialization.jsonObject(
      with: Data(try json(value).utf8), options: .fragmentsAllowed)
  }
  return difference(try tree(old), try tree(new), at: [])
}

private func difference(
  _ old: Any?, _ new: Any?, at place: [String]
) -> (place: [String], old: String, new: String)? {
  if let old = old as? [String: Any], let new = new as? [String: Any] {
    let keys = Set(old.keys).union(new.keys).sorted()
    return keys.lazy.compactMap { difference(old[$0], new[$0], at: place + [$0]) }.first
  }
  if let old = old as? [Any], let new = new as? [Any], old.count == new.count {
    return old.indices.lazy.compactMap {
      difference(old[$0], new[$0], at: place + ["\($0 + 1)"])
    }.first
  }
  let (before, after) = (text(old), text(new))
  return before == after ? nil : (place, before, after)
}

private func text(_ value: Any?) -> String {
  guard let value,
    let data = try? JSONSerialization.data(
      withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
  else { return "nothing" }
  return String(decoding: data, as: UTF8.self)
}
