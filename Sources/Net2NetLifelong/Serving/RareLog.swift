internal import Logging
internal import Synchronization

/// Tells a log what has gone wrong, at most once in ten seconds for each kind and with how many it
/// left out: whoever can make requests fail cannot fill a disk with lines about it.
final class RareLog: Sendable {
  static let interval = Duration.seconds(10)

  private struct Told {
    var last: ContinuousClock.Instant
    var leftOut = 0
  }

  private let logger: Logger
  private let told = Mutex<[String: Told]>([:])

  init(_ logger: Logger) { self.logger = logger }

  /// - Parameter kind: one of few.
  func error(_ kind: String, _ error: any Error, at time: ContinuousClock.Instant = .now) {
    let leftOut = told.withLock { told -> Int? in
      if let last = told[kind]?.last, time - last < Self.interval {
        told[kind]?.leftOut += 1
        return nil
      }
      defer { told[kind] = Told(last: time) }
      return told[kind]?.leftOut ?? 0
    }
    guard let leftOut else { return }
    logger.error("\(kind): \(error)\(leftOut > 0 ? "; and \(leftOut) more before" : "")")
  }
}
