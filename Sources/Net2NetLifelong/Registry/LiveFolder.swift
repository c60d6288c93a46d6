internal import Foundation
internal import Net2NetFiles

/// The folder that is a whole live model; copying it moves the model with its life.
///
/// | path | holds |
/// |---|---|
/// | `live.json` | ``LiveSettings``, written once |
/// | `registry.sqlite` | ``Registry``: versions, aliases, events |
/// | `registry.commits` | how many commits that has had, so that lost ones are missed |
/// | `networks/ab/abcd….onnx` | networks, named by their SHA-256 |
/// | `examples/` | ``ExampleStore``: segments, only ever appended to |
/// | `inbox/` | files of examples to be taken in, see ``Inbox`` |
/// | `token` | what a client shows who may change things |
/// | `learner/` | what the ``Learner`` carries from round to round |
/// | `lock` | held by the process that writes |
public struct LiveFolder: Hashable, Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  public var settingsFile: String { "\(path)/live.json" }
  public var registryFile: String { "\(path)/registry.sqlite" }
  var commitsFile: String { "\(path)/registry.commits" }
  public var networksFolder: String { "\(path)/networks" }
  public var examplesFolder: String { "\(path)/examples" }
  public var inboxFolder: String { "\(path)/inbox" }
  /// Where files go that have been taken in.
  public var doneFolder: String { "\(inboxFolder)/done" }
  /// Where files go that cannot be, with a text that says why.
  public var failedFolder: String { "\(inboxFolder)/failed" }
  public var tokenFile: String { "\(path)/token" }
  public var learnerFolder: String { "\(path)/learner" }
  public var lockFile: String { "\(path)/lock" }

  /// - Throws: ``LifelongError/noLiveFolder(_:)``,
  ///   ``LifelongError/malformedSettings(file:reason:)``,
  ///   ``LifelongError/option(_:expected:found:)``.
  public func settings() throws -> LiveSettings {
    guard FileManager.default.fileExists(atPath: settingsFile) else {
      throw LifelongError.noLiveFolder(path)
    }
    return try LiveSettings(file: settingsFile)
  }

  /// Makes the folder and what it consists of, `live.json` last: a folder without it is none.
  ///
  /// - Throws: ``LifelongError/folderExists(_:)`` where there is something;
  ///   ``LifelongError/unusableFolder(_:reason:)``.
  func make() throws(LifelongError) {
    let found = try? FileManager.default.contentsOfDirectory(atPath: path)
    guard found?.isEmpty ?? true else { throw .folderExists(path) }
    do {
      if found == nil { try makePrivate() }
      for folder in [networksFolder, examplesFolder, doneFolder, failedFolder] {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
      }
    } catch {
      throw .unusableFolder(path, reason: error.localizedDescription)
    }
  }

  /// Nobody else reads the examples, or holds the locks that SQLite and this program take on files,
  /// for which reading is enough. A folder that was there keeps its permissions.
  private func makePrivate() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
  }

  /// Takes back what ``make()`` and a beginning that failed have made.
  func removeContents() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  func write(_ settings: LiveSettings) throws {
    try AtomicFile.write(try settings.text(), to: settingsFile, overwriting: false)
  }
}
