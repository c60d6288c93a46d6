/// How nearly a student computes its teacher's function, best first.
public enum Grade: String, Hashable, Sendable, Codable, CaseIterable {
  /// Every output equal, in the checkpoint's own precision.
  case bitExact
  /// Equal in real arithmetic: a float64 run differs by at most 1e-12, relatively.
  case exact
  /// Anything else; always said with by how much.
  case approximate
}
