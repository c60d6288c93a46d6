internal import Dispatch
internal import Net2Net

/// Moves the registry's aliases and what is served together: a version is loaded, verified,
/// compiled and warm before its alias moves, and is served the moment after. One change at a time,
/// in the order they were asked for.
public actor Deployer {
  private let registry: Registry
  private let settings: LiveSettings
  private let deployment: Deployment
  private let metrics: ServingMetrics
  private var last: Task<Void, Never>?

  init(_ model: LiveModel, _ deployment: Deployment, _ metrics: ServingMetrics) {
    registry = model.registry
    settings = model.settings
    self.deployment = deployment
    self.metrics = metrics
  }

  /// Serves what the registry says is champion, and loads what is previous. A candidate whose trial
  /// ended with the server is one no longer.
  ///
  /// - Throws: ``LifelongError/noSuchAlias(_:)`` where there is no champion, and what
  ///   ``Registry/verified(_:for:)`` throws of it. A previous version that does not load is left
  ///   out.
  func start() async throws {
    try await inTurn { deployer in
      let aliases = try deployer.registry.aliases()
      guard let number = aliases[.champion] else { throw LifelongError.noSuchAlias(.champion) }
      let (_, champion) = try await deployer.ready(number)
      deployer.deployment.serve(champion, previous: nil)
      if let previous = aliases[.previous], let (_, version) = try? await deployer.ready(previous) {
        deployer.deployment.serve(champion, previous: version)
      }
      if aliases[.candidate] != nil {
        // Where the disk is full, the name stays and nothing answers by it.
        try? deployer.registry.rejectCandidate(detail: ["reason": .string(Self.stopped)])
      }
    }
  }

  /// - Throws: what ``Registry/verified(_:for:)`` and ``Registry/promote(_:detail:)`` throw,
  ///   ``LifelongError/refusedVersion(_:reason:)``, `EngineError`.
  public func promote(_ number: Int, detail: [String: JSONValue] = [:]) async throws {
    try await promote(number, over: nil, detail)
  }

  /// Lets a version answer a share of the requests first, and promotes it once it has stood that.
  ///
  /// - Throws: as ``promote(_:detail:)``, and ``LifelongError/refusedVersion(_:reason:)`` where it
  ///   failed or another version became champion meanwhile. It is a candidate no longer then.
  public func promote(
    _ number: Int, after trial: CanaryTrial, detail: [String: JSONValue] = [:]
  ) async throws {
    guard trial.share > 0, let champion = deployment.current.champion?.number, champion != number
    else { return try await promote(number, detail: detail) }
    try await tryOut(number, share: trial.share, detail: detail)
    do {
      try await watch(number, during: trial)
      try await promote(number, over: champion, detail)
    } catch {
      let reason = error is CancellationError ? Self.stopped : "\(error)"
      try? await withdraw(number, reason: reason)
      throw error
    }
  }

  /// Returns once the candidate has answered often or for long enough, or others promoted it.
  private func watch(_ number: Int, during trial: CanaryTrial) async throws {
    let end = ContinuousClock.now.advanced(by: .seconds(trial.seconds))
    while let candidate = deployment.current.candidate, candidate.version.number == number {
      if candidate.asked >= trial.requests || ContinuousClock.now >= end { return }
      try await Task.sleep(for: Self.glance)
    }
    guard deployment.current.champion?.number == number else {
      throw LifelongError.refusedVersion(number, reason: "it was withdrawn while it was tried")
    }
  }

  private static let glance = Duration.milliseconds(20)
  private static let stopped = "the server stopped while it was tried"

  /// - Parameter champion: that has to be it still; nil for any.
  private func promote(
    _ number: Int, over champion: Int?, _ detail: [String: JSONValue]
  ) async throws {
    try await inTurn { deployer in
      let former = deployer.deployment.current.champion
      guard former?.number != number else { return }
      if let champion, let former, former.number != champion {
        throw LifelongError.refusedVersion(
          number, reason: "version \(former.number) became champion while it was tried")
      }
      let (verified, version) = try await deployer.ready(number)
      try deployer.registry.promote(verified, detail: detail)
      deployer.deployment.serve(version, previous: former)
      deployer.metrics.countSwap()
    }
  }

  /// - Throws: ``LifelongError/nothingToRollBackTo``, and as ``promote(_:detail:)``.
  public func rollBack(detail: [String: JSONValue] = [:]) async throws {
    try await inTurn { deployer in
      guard let number = try deployer.registry.aliases()[.previous] else {
        throw LifelongError.nothingToRollBackTo
      }
      let (verified, version) = try await deployer.ready(number)
      try deployer.registry.rollBack(to: verified, detail: detail)
      deployer.deployment.serve(version, previous: nil)
      deployer.metrics.countSwap()
      if let next = try deployer.registry.aliases()[.previous],
        let (_, previous) = try? await deployer.ready(next)
      {
        deployer.deployment.serve(version, previous: previous)
      }
    }
  }

  /// Lets a version answer a share of the requests until it is promoted or withdrawn.
  ///
  /// - Throws: as ``promote(_:detail:)``.
  public func tryOut(_ number: Int, share: Double, detail: [String: JSONValue] = [:]) async throws {
    try await inTurn { deployer in
      let (verified, version) = try await deployer.ready(number)
      try deployer.registry.tryOut(verified, detail: detail)
      deployer.deployment.tryOut(version, share: share)
    }
  }

  /// Ends a version's trial, whether the deployment has seen it fail or others have measured it.
  /// Nothing happens where it is not tried.
  public func withdraw(_ number: Int, reason: String) async throws {
    try await inTurn { deployer in
      deployer.deployment.withdraw(number)
      guard try deployer.registry.aliases()[.candidate] == number else { return }
      try deployer.registry.rejectCandidate(detail: ["reason": .string(reason)])
      deployer.metrics.countWithdrawal()
    }
  }

  /// Loads, verifies, compiles and warms up.
  private func ready(_ number: Int) async throws -> (VerifiedVersion, ServedVersion) {
    let (registry, settings) = (registry, settings)
    let verified = try await offTasks { try registry.verified(number, for: settings) }
    return (verified, try await deployment.prepared(number, verified.network))
  }

  private func inTurn(_ change: @escaping @Sendable (isolated Deployer) async throws -> Void)
    async throws
  {
    let before = last
    let task = Task {
      await before?.value
      try await change(self)
    }
    last = Task { _ = await task.result }
    try await task.value
  }
}

/// Runs what blocks for long on a thread that Swift's tasks do not share.
func offTasks<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
  }
}
