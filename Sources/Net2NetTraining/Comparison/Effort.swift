/// What training has taken so far.
public struct Effort: Hashable, Sendable, Codable {
  /// Samples learnt from.
  public var samples: Double
  /// Forward once and backward, which costs twice as much: 3 × multiply-adds of a sample × samples.
  public var multiplyAdds: Double
  /// Of steps alone; evaluating and saving are left out.
  public var seconds: Double

  public init(samples: Double = 0, multiplyAdds: Double = 0, seconds: Double = 0) {
    self.samples = samples
    self.multiplyAdds = multiplyAdds
    self.seconds = seconds
  }

  public init(samples: Double, multiplyAddsPerSample: Int, seconds: Double = 0) {
    self.init(
      samples: samples, multiplyAdds: Self.passes * Double(multiplyAddsPerSample) * samples,
      seconds: seconds)
  }

  private static let passes = 3.0

  public static func + (left: Effort, right: Effort) -> Effort {
    Effort(
      samples: left.samples + right.samples,
      multiplyAdds: left.multiplyAdds + right.multiplyAdds,
      seconds: left.seconds + right.seconds)
  }

  public static func / (effort: Effort, divisor: Double) -> Effort {
    Effort(
      samples: effort.samples / divisor, multiplyAdds: effort.multiplyAdds / divisor,
      seconds: effort.seconds / divisor)
  }

  /// What effort is counted in.
  public enum Currency: String, Hashable, Sendable, Codable, CaseIterable {
    case samples, multiplyAdds, seconds
  }

  public subscript(currency: Currency) -> Double {
    switch currency {
    case .samples: samples
    case .multiplyAdds: multiplyAdds
    case .seconds: seconds
    }
  }
}
