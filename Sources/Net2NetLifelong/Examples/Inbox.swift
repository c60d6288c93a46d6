internal import Foundation
internal import Net2NetFiles
internal import Net2NetTraining
internal import Synchronization

/// The folder where files of examples are dropped. A file that has stopped changing is taken in and
/// moved to `done/`; one that cannot be is moved to `failed/`, with a text beside it that says why.
///
/// Files that are renamed in are whole from the start. Of others one only knows that they have
/// stopped growing, so whoever writes slowly should write `name.part` and rename it. A file that is
/// half taken in when the process is killed is taken in again, from its beginning.
public final class Inbox: Sendable {
  private let folder: LiveFolder
  private let settings: InboxSettings
  private let store: ExampleStore
  private let registry: Registry
  /// What each file was when it was last looked at.
  private let seen = Mutex<[String: Appearance]>([:])

  private struct Appearance: Hashable {
    var size: Int
    var changed: Date
  }

  /// A file must not have changed for so long.
  static let settlingSeconds: TimeInterval = 2

  public init(_ model: LiveModel) {
    folder = model.folder
    settings = model.settings.inbox
    store = model.examples
    registry = model.registry
  }

  /// What became of a file.
  public struct Report: Hashable, Sendable {
    public let file: String
    /// How many examples it held; nil for one that failed.
    public let examples: Int?
    /// Why it failed.
    public let reason: String?
  }

  /// Takes in what has not changed since the last time. Takes as long as reading it takes.
  ///
  /// - Throws: ``LifelongError/diskFull(file:)``, ``LifelongError/storeClosed`` and errors of the
  ///   registry, which are no fault of the file's: it stays where it is.
  @discardableResult
  public func takeSettledFiles() throws -> [Report] {
    try settledFiles().map(take)
  }

  private func settledFiles() throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.inboxFolder).sorted()
    } catch {
      throw LifelongError.unusableFolder(
        folder.inboxFolder, reason: "cannot be read, or is missing")
    }
    var found: [String: Appearance] = [:]
    for name in names where !name.hasPrefix(".") && !name.hasSuffix(".part") {
      found[name] = appearance(of: name)
    }
    let before = seen.withLock { seen in
      defer { seen = found }
      return seen
    }
    return names.filter { name in
      guard let appearance = found[name], before[name] == appearance else { return false }
      return appearance.changed.timeIntervalSinceNow < -Self.settlingSeconds
    }
  }

  /// Nil for what is no file.
  private func appearance(of name: String) -> Appearance? {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: "\(folder.inboxFolder)/\(name)")
    guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular else {
      return nil
    }
    return Appearance(
      size: attributes[.size] as? Int ?? 0,
      changed: attributes[.modificationDate] as? Date ?? Date())
  }

  private func take(_ name: String) throws -> Report {
    let file = "\(folder.inboxFolder)/\(name)"
    do {
      guard let data = try settings.specification(of: file) else {
        return try refuse(name, "a file .csv or .npz expected")
      }
      let count = try store.append(contentsOf: data)
      try registry.record(.fileTaken, ["file": .string(name), "examples": JSONValue(count)])
      try move(name, to: folder.doneFolder)
      return Report(file: name, examples: count, reason: nil)
    } catch let error as LifelongError where error.isNoFaultOfTheFile {
      throw error
    } catch {
      let reason = "\(error)".replacingOccurrences(of: folder.inboxFolder + "/", with: "")
      return try refuse(name, reason)
    }
  }

  private func refuse(_ name: String, _ reason: String) throws -> Report {
    let moved = try move(name, to: folder.failedFolder)
    try? AtomicFile.write(reason + "\n", to: moved + ".txt", overwriting: true)
    try registry.record(.fileRefused, ["file": .string(name), "reason": .string(reason)])
    return Report(file: name, examples: nil, reason: reason)
  }

  /// - Returns: where it is now: under a name that no file before it had.
  @discardableResult
  private func move(_ name: String, to target: String) throws -> String {
    var place = "\(target)/\(name)"
    var number = 2
    while FileManager.default.fileExists(atPath: place) {
      place = "\(target)/\(number)-\(name)"
      number += 1
    }
    do {
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: "\(folder.inboxFolder)/\(name)", toPath: place)
    } catch {
      throw LifelongError.unusableFolder(target, reason: error.localizedDescription)
    }
    return place
  }
}

extension LifelongError {
  fileprivate var isNoFaultOfTheFile: Bool {
    switch self {
    case .diskFull, .storeClosed, .storeBusy, .registryLocked, .registryReadOnly, .registryDamaged,
      .unusableFolder:
      true
    default: false
    }
  }
}
