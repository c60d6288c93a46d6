public import Net2Net
internal import Net2NetFiles

/// A live model's folder, open for writing by this process and no other.
public final class LiveModel: Sendable {
  public let folder: LiveFolder
  public let settings: LiveSettings
  public let registry: Registry
  public let examples: ExampleStore
  private let lock: FolderLock

  /// Opens the folder that is there, and cleans up what a crash left.
  ///
  /// - Throws: ``LifelongError``, `FilesError`.
  public convenience init(_ path: String) throws {
    let folder = LiveFolder(path)
    let settings = try folder.settings()
    let lock = try FolderLock(folder)
    try self.init(folder, settings, lock, creating: false)
    try noteSettings()
    let strays = registry.networks.removeStrays(keeping: try registry.knownNetworks())
    if strays > 0 { try registry.record(.strayNetworks, ["files": JSONValue(strays)]) }
    AtomicDirectory.removeLeftovers(in: path)
  }

  private init(
    _ folder: LiveFolder, _ settings: LiveSettings, _ lock: FolderLock, creating: Bool
  ) throws {
    self.folder = folder
    self.settings = settings
    self.lock = lock
    registry = try Registry(folder, creating: creating)
    examples = try ExampleStore(folder, settings, registry)
  }

  /// Makes the folder with a first version, which is its champion.
  ///
  /// - Parameter source: where the network comes from, in words.
  /// - Throws: ``LifelongError/folderExists(_:)``,
  ///   ``LifelongError/className(_:expected:found:)``,
  ///   ``LifelongError/signatureMismatch(part:expected:found:)``, and what adding a version throws.
  public static func create(
    _ path: String, _ settings: LiveSettings, network: Network, source: String
  ) throws -> LiveModel {
    try settings.validate()
    for name in settings.classes { _ = try ClassName(name) }
    let signature = ModelSignature(settings)
    let network = try signature.fitted(network)
    try signature.tryOut(network)
    let folder = LiveFolder(path)
    try folder.make()
    do {
      return try begin(folder, settings, network, source)
    } catch {
      folder.removeContents()
      throw error
    }
  }

  private static func begin(
    _ folder: LiveFolder, _ settings: LiveSettings, _ network: Network, _ source: String
  ) throws -> LiveModel {
    let model = try LiveModel(folder, settings, try FolderLock(folder), creating: true)
    let version = try model.registry.add(
      network, as: VersionDraft(origin: .imported(from: source)), goldenSeed: settings.seed)
    try model.promote(version.number)
    try model.registry.record(.created, version: version.number)
    try model.registry.note(try settings.text(), as: LiveSettings.note)
    // Last: a folder without it is no live model.
    try folder.write(settings)
    return model
  }

  /// Settings that somebody has changed are taken, and told of.
  private func noteSettings() throws {
    let text = try FileContents.text(of: folder.settingsFile)
    let before = try registry.note(LiveSettings.note, as: String.self)
    guard text != before else { return }
    if let before {
      try registry.record(
        .settingsChanged, ["settings": .string(LiveSettings.differences(before, text))])
    }
    try registry.note(text, as: LiveSettings.note)
  }

  /// Loads a version, checks it and makes it the champion.
  ///
  /// - Throws: what ``Registry/verified(_:for:)`` throws; nothing has changed then.
  @discardableResult
  public func promote(
    _ number: Int, detail: [String: JSONValue] = [:]
  ) throws -> VerifiedVersion {
    let verified = try registry.verified(number, for: settings)
    try registry.promote(verified, detail: detail)
    return verified
  }

  /// Makes `previous` the champion again, once it has been loaded and checked.
  ///
  /// - Throws: ``LifelongError/nothingToRollBackTo``, what ``Registry/verified(_:for:)`` throws.
  @discardableResult
  public func rollBack(detail: [String: JSONValue] = [:]) throws -> VerifiedVersion {
    try registry.rollBack(for: settings, detail: detail)
  }
}
