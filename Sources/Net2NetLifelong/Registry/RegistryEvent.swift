/// Something that happened to the model, in the order it did.
public struct RegistryEvent: Hashable, Sendable, Codable, Identifiable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    // The folder.
    case created, started, stopped, settingsChanged
    // Versions.
    case added, candidate, rejected, promoted, rolledBack
    // The learner.
    case trained, grew, waits, failed, drift
    // Examples.
    case classAppeared, fileTaken, fileRefused, tailCutOff, examplesDamaged
    /// Network files that no version has, younger than the time they are kept for.
    case strayNetworks
    /// Of the registry, with its `-wal`.
    case commitsLost
  }

  /// From 1, without gaps but for those that a crash leaves.
  public let id: Int
  public let kind: Kind
  /// The version it is about; nil where it is about none.
  public let version: Int?
  public let time: Timestamp
  /// What else is known of it; an object.
  public let detail: [String: JSONValue]
}
