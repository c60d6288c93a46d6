/// A name for a version that moves from one to another, and only to versions that were found to load
/// and to compute what they did when they were added.
public enum Alias: String, Hashable, Sendable, Codable, CaseIterable {
  /// What is served.
  case champion
  /// What is tried beside the champion.
  case candidate
  /// What a rollback goes to: the champion before the champion.
  case previous
}
