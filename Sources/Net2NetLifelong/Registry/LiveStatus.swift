/// A live model at one moment, for whoever looks at it.
public struct LiveStatus: Sendable, Encodable {
  public let model: String
  public let classes: [String]
  public let aliases: [String: Int]
  public let versionCount: Int
  /// Newest first.
  public let versions: [Version]
  public let examples: ExampleCounts
  /// Newest first.
  public let events: [RegistryEvent]

  /// Looks at a folder, whoever writes to it meanwhile.
  ///
  /// - Parameters:
  ///   - versions: how many at most.
  ///   - events: how many at most.
  public init(reading path: String, versions: Int = 100, events: Int = 10) throws {
    let folder = LiveFolder(path)
    let settings = try folder.settings()
    let registry = try Registry(reading: folder)
    let store = try ExampleStore(folder, settings, registry, isReadOnly: true)
    try self.init(settings, registry, store, versions: versions, events: events)
  }

  public init(_ model: LiveModel, versions: Int = 100, events: Int = 10) throws {
    try self.init(
      model.settings, model.registry, model.examples, versions: versions, events: events)
  }

  private init(
    _ settings: LiveSettings, _ registry: Registry, _ store: ExampleStore, versions: Int,
    events: Int
  ) throws {
    model = settings.model
    classes = store.classes
    aliases = Dictionary(
      uniqueKeysWithValues: try registry.aliases().map { ($0.rawValue, $1) })
    versionCount = try registry.versionCount()
    self.versions = try registry.versions(limit: versions)
    examples = store.counts
    self.events = try registry.latestEvents(limit: events)
  }
}
