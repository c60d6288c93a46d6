internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// Serves a live model by HTTP and lets it learn from what arrives: the Open Inference Protocol
/// (version 2), examples, metrics and a page. See `docs/lifelong.md`.
public final class ModelServer: Sendable {
  /// Moves what is served and the registry's aliases together.
  public let deployer: Deployer
  private let model: LiveModel
  /// Nil where the model is only served.
  private let learner: Learner?
  private let settings: ServerSettings
  let responder: Responder
  private let logger: Logger
  private let withdrawals: AsyncStream<Withdrawal>

  private struct Withdrawal: Sendable {
    var version: Int
    var reason: String
  }

  /// - Parameter learns: whether a learner runs beside the server.
  /// - Throws: what making a ``Learner`` throws.
  public init(
    _ model: LiveModel, _ settings: ServerSettings, learns: Bool,
    logger: Logger = Logger(label: "net2net")
  ) throws {
    let metrics = ServingMetrics()
    let (withdrawals, withdraw) = AsyncStream.makeStream(of: Withdrawal.self)
    let deployment = Deployment(settings, observingBatches: metrics.countBatch(rows:)) {
      withdraw.yield(Withdrawal(version: $0, reason: $1))
    }
    self.withdrawals = withdrawals
    self.settings = settings
    self.logger = logger
    self.model = model
    let deployer = Deployer(model, deployment, metrics)
    self.deployer = deployer
    let trial = model.settings.learner.canary
    let learner =
      learns ? try Learner(model) { try await deployer.promote($0, after: trial, detail: $1) } : nil
    self.learner = learner
    responder = Responder(
      settings: settings, model: model.settings.model, deployment: deployment, metrics: metrics,
      bodies: BodyBudget(limit: settings.limits.bodyBytesTogether),
      workers: WorkerThreads(
        count: settings.limits.bodyThreads, inlineBytes: settings.limits.inlineBytes),
      rules: AccessRules(settings), live: model, deployer: deployer,
      learnerState: { learner?.state }, log: RareLog(logger))
  }

  /// Loads the champion and serves until the task is cancelled, or `SIGINT` or `SIGTERM` comes
  /// where `signals` is true; requests that have begun are then answered.
  ///
  /// - Parameter isListening: is called once, with the port.
  /// - Throws: what ``Deployer/start()`` throws,
  ///   ``LifelongError/cannotListen(address:reason:)``.
  public func run(
    stoppingOnSignals signals: Bool = false, isListening: @escaping @Sendable (Int) async -> Void
  ) async throws {
    OpenFiles.raiseLimit()
    try await deployer.start()
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await self.followWithdrawals() }
      tasks.addTask { await self.takeFiles() }
      if let learner { tasks.addTask { await self.run(learner) } }
      defer { tasks.cancelAll() }
      try await listen(signals, isListening)
    }
  }

  // What runs beside the server never ends it: with a full disk, say, requests are still answered.

  private func followWithdrawals() async {
    for await withdrawal in withdrawals {
      do {
        try await deployer.withdraw(withdrawal.version, reason: withdrawal.reason)
      } catch {
        logger.error(
          "version \(withdrawal.version) is withdrawn, but not in the registry: \(error)")
      }
    }
  }

  /// Looks into the inbox once a second.
  private func takeFiles() async {
    let inbox = Inbox(model)
    var told = ""
    while !Task.isCancelled {
      do {
        _ = try await offTasks { try inbox.takeSettledFiles() }
      } catch {
        // Once, not once a second.
        if told != "\(error)" { logger.error("inbox: \(error)") }
        told = "\(error)"
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private func run(_ learner: Learner) async {
    while !Task.isCancelled {
      do {
        try await learner.run()
      } catch {
        logger.error("the learner begins anew in 10 seconds: \(error)")
        try? await Task.sleep(for: .seconds(10))
      }
    }
  }

  private func listen(
    _ signals: Bool, _ isListening: @escaping @Sendable (Int) async -> Void
  ) async throws {
    let application = Application(
      responder: responder,
      server: .http1(configuration: channelConfiguration),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), backlog: 1024,
        availableConnectionsDelegate: .maximum(settings.limits.connections, logger: logger)),
      onServerRunning: { await isListening($0.localAddress?.port ?? 0) },
      logger: logger)
    let service = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: application)],
        gracefulShutdownSignals: signals ? [.sigint, .sigterm] : [], logger: logger))
    do {
      try await runToItsEnd(service)
    } catch let error as IOError {
      throw LifelongError.cannotListen(
        address: "\(settings.host):\(settings.port)", reason: error.description)
    }
  }

  /// Cancelled, it shuts down as by a signal: a connection that was accepted and has nobody yet to
  /// serve it would otherwise be let go of unclosed, which NIO traps at.
  private func runToItsEnd(_ service: ServiceGroup) async throws {
    let serving = Task { try await service.run() }
    try await withTaskCancellationHandler {
      try await serving.value
    } onCancel: {
      Task { await service.triggerGracefulShutdown() }
    }
  }

  private var channelConfiguration: HTTP1Channel.Configuration {
    let (limits, metrics) = (settings.limits, responder.metrics)
    return HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        ConnectionGuard(limits) { metrics.countRequest("none", status: $0.status.code) }
      ],
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: ConnectionGuard.headerBytes,
        maxHeaderListSize: ConnectionGuard.headerBytes,
        maxHeaderFieldCount: ConnectionGuard.headerCount))
  }
}
