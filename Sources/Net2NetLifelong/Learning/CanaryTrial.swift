/// How a server tries a version on a share of the requests before it promotes it.
public struct CanaryTrial: Hashable, Sendable {
  /// 0 to 0.5; at 0 it is promoted untried.
  public var share: Double
  /// The trial ends when it was asked so often, or
  public var requests: Int
  /// so many seconds have passed.
  public var seconds: Double

  public init(share: Double = 0.1, requests: Int = 100, seconds: Double = 10) {
    (self.share, self.requests, self.seconds) = (share, requests, seconds)
  }

  func validate() throws(LifelongError) {
    try require((0...0.5).contains(share), "canary share", "0 to 0.5", share)
    try require(requests >= 1, "canary requests", "1 or more", requests)
    try require((0...86_400).contains(seconds), "canary seconds", "0 to 86400", seconds)
  }
}
