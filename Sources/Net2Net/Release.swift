/// The one place of the version.
public enum Release {
  public static let version = "0.1.0"
  /// As receipts and records have it: `net2net 0.1.0`.
  public static let nameAndVersion = "net2net \(version)"
}
