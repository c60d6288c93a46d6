/// Where a server listens, whom it answers, and how it gathers requests.
public struct ServerSettings: Sendable {
  /// An address of this machine. Only loopback addresses go without a token.
  public var host: String
  /// 0 takes any free one.
  public var port: Int
  /// What a client sends as `Authorization: Bearer …`. At a loopback address only promoting and
  /// rolling back ask for it, elsewhere everything does.
  public var token: String?
  public var limits = ServerLimits()
  public var batching = Batching()
  /// What the server says of itself.
  public var productVersion = "0"

  /// Requests run together: up to `rows` examples, as soon as they are there or the first has
  /// waited `milliseconds`.
  public struct Batching: Hashable, Sendable {
    public var rows: Int
    public var milliseconds: Double

    public init(rows: Int = 32, milliseconds: Double = 1) {
      self.rows = rows
      self.milliseconds = milliseconds
    }
  }

  /// - Throws: ``LifelongError/exposed(address:)`` for an address that others reach without a
  ///   token, and ``LifelongError/option(_:expected:found:)``.
  public init(
    host: String = "127.0.0.1", port: Int, token: String? = nil
  ) throws(LifelongError) {
    guard (0...65_535).contains(port) else {
      throw .option("port", expected: "0 to 65535", found: "\(port)")
    }
    if let token, !Self.isToken(token) {
      throw .option(
        "token", expected: "16 or more printable characters without spaces",
        found: "\(token.utf8.count) bytes")
    }
    self.host = host
    self.port = port
    self.token = token
    guard isLoopback || token != nil else { throw .exposed(address: host) }
  }

  /// 16 or more printable characters of ASCII: fewer are guessed, others are lost in headers.
  static func isToken(_ text: String) -> Bool {
    text.utf8.count >= 16 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// Whether only programs of this machine reach the address.
  public var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
