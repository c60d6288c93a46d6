public import Net2NetTorch

/// What a comparison is computed on.
public struct ComparisonEngine: Hashable, Sendable {
  public var device: Device
  /// As many as libtorch thinks best when nil.
  public var threads: Int?

  public init(device: Device = .cpu, threads: Int? = nil) {
    self.device = device
    self.threads = threads
  }
}
