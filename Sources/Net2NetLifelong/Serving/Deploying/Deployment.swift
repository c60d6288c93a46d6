internal import HTTPTypes
internal import Net2Net
internal import Synchronization

/// The versions that are served, and which of them answers whom.
///
/// A new version is compiled, compared with the champion's signature and warmed up beside those
/// that serve; only then one assignment makes it the champion, and a failure before changes
/// nothing. The champion before it stays loaded for a rollback. A candidate answers a share of the
/// requests; where it fails, the champion answers in its stead, and where it fails too often, it is
/// withdrawn. What a request began with, it ends with.
final class Deployment: Sendable {
  struct Roles: Sendable {
    var champion: ServedVersion?
    var previous: ServedVersion?
    var candidate: Candidate?
  }

  struct Candidate: Sendable {
    let version: ServedVersion
    let share: Double
    var asked = 0
    var failed = 0
  }

  private let settings: ServerSettings
  private let roles = Mutex(Roles())
  private let observeBatch: @Sendable (Int) -> Void
  /// Hears of a candidate that was withdrawn because it failed.
  private let tell: @Sendable (_ number: Int, _ reason: String) -> Void

  init(
    _ settings: ServerSettings, observingBatches observeBatch: @escaping @Sendable (Int) -> Void,
    tellingWithdrawals tell: @escaping @Sendable (_ number: Int, _ reason: String) -> Void
  ) {
    self.settings = settings
    self.observeBatch = observeBatch
    self.tell = tell
  }

  var current: Roles { roles.withLock { $0 } }

  /// The loaded versions' numbers, in order.
  var loaded: [Int] { current.all.map(\.number).sorted() }
}

extension Deployment.Roles {
  var all: [ServedVersion] { [champion, previous, candidate?.version].compactMap(\.self) }
}

extension Deployment {
  /// A version that is ready to answer; nothing is changed yet.
  ///
  /// - Throws: `EngineError`, ``LifelongError/refusedVersion(_:reason:)``.
  func prepared(_ number: Int, _ network: Network) async throws -> ServedVersion {
    if let loaded = current.all.first(where: { $0.number == number }) { return loaded }
    if let expected = current.champion?.signature,
      let mismatch = Signature(network.graph).mismatch(with: expected)
    {
      throw LifelongError.refusedVersion(number, reason: mismatch)
    }
    return try await ServedVersion(number, network, settings: settings, observing: observeBatch)
  }

  /// One assignment: requests from now on begin with `champion`.
  ///
  /// - Parameter previous: stays loaded for a rollback.
  func serve(_ champion: ServedVersion, previous: ServedVersion?) {
    roles.withLock { roles in
      if roles.candidate?.version === champion { roles.candidate = nil }
      roles.champion = champion
      roles.previous = previous
    }
  }

  /// Lets a version answer a share of the requests.
  func tryOut(_ version: ServedVersion, share: Double) {
    roles.withLock { $0.candidate = Candidate(version: version, share: share) }
  }

  /// No longer tries a version; nothing happens where it is not tried.
  func withdraw(_ number: Int) {
    roles.withLock { roles in
      if roles.candidate?.version.number == number { roles.candidate = nil }
    }
  }
}

extension Deployment {
  /// The version that a request is to be answered by, and whether as a candidate. It is held from
  /// here to the answer.
  ///
  /// - Parameters:
  ///   - number: the one that was asked for; nil leaves it to the deployment.
  ///   - draw: from 0 to below 1, which decides between champion and candidate.
  func version(_ number: Int?, draw: Double) throws(HTTPFailure) -> (ServedVersion, Bool) {
    let roles = current
    guard let champion = roles.champion else {
      throw HTTPFailure(
        .serviceUnavailable, "no version is ready yet; try again in a few seconds", retryAfter: 5)
    }
    if let number {
      guard let version = roles.all.first(where: { $0.number == number }) else {
        let loaded = roles.all.map { "\($0.number)" }.sorted().joined(separator: ", ")
        throw HTTPFailure(.notFound, "version \(number) is not loaded; loaded: \(loaded)")
      }
      return (version, false)
    }
    if let candidate = roles.candidate, draw < candidate.share { return (candidate.version, true) }
    return (champion, false)
  }

  /// Answers by `version`; where that is a candidate and fails, by the champion. Only what the
  /// champion answers counts against the candidate: an input that neither can answer, such as one
  /// of numbers so large that outputs overflow, says nothing of either, and whoever sends such ones
  /// could otherwise keep every candidate from being promoted.
  ///
  /// - Parameters:
  ///   - isTelling: whether the champion's answer makes the candidate's failure count.
  ///   - body: makes an answer of a version's outputs, or throws where they are none.
  func answer<R>(
    by version: ServedVersion, isTried: Bool, isTelling: (R) -> Bool = { _ in true },
    _ body: (ServedVersion) async throws -> R
  ) async throws -> R {
    guard isTried else { return try await body(version) }
    do {
      let answer = try await body(version)
      count(version, failed: false)
      return answer
    } catch let failure as HTTPFailure where failure.status.kind == .clientError {
      throw failure
    } catch {
      guard let champion = current.champion else { throw error }
      let answer = try await body(champion)
      if isTelling(answer) { count(version, failed: true) }
      return answer
    }
  }

  private func count(_ version: ServedVersion, failed: Bool) {
    let withdrawn = roles.withLock { roles -> Candidate? in
      guard var candidate = roles.candidate, candidate.version === version else { return nil }
      candidate.asked += 1
      candidate.failed += failed ? 1 : 0
      roles.candidate = candidate.failsTooOften ? nil : candidate
      return candidate.failsTooOften ? candidate : nil
    }
    if let withdrawn {
      tell(version.number, "\(withdrawn.failed) of \(withdrawn.asked) requests failed")
    }
  }
}

extension Deployment.Candidate {
  /// Three failures, where they are more than one request in 50: one alone may be the request's.
  fileprivate var failsTooOften: Bool { failed >= 3 && failed * 50 > asked }
}
