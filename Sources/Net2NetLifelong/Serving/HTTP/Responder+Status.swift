internal import HTTPTypes
internal import Hummingbird
internal import Net2Net
internal import Net2NetFiles
internal import NIOCore

// What the page shows, for other programs too.

extension Responder {
  func status() throws -> Response {
    let roles = deployment.current
    let counts = live.examples.counts
    let byClass = zip(counts.trainingByClass, counts.heldOutByClass).map(+)
    return try encoded(
      Status(
        model: model, uptimeSeconds: metrics.uptime, champion: roles.champion?.number,
        previous: roles.previous?.number, candidate: roles.candidate.map(Status.Candidate.init),
        loaded: deployment.loaded, waiting: roles.all.reduce(0) { $0 + $1.waiting },
        traffic: Status.Traffic(metrics), examples: counts.total, heldOut: counts.heldOut,
        classes: live.examples.classes.enumerated().map { label, name in
          Status.Class(name: name, count: label < byClass.count ? byClass[label] : 0)
        },
        learner: learnerState()))
  }

  /// Of the versions after `?after=`, the 500 oldest.
  func versions(_ request: Request) throws -> Response {
    let after = try number("after", in: request)
    let versions = try live.registry.versions(
      before: after + 1 + Self.pageSize, limit: Self.pageSize)
    return try encoded(
      ["versions": versions.filter { $0.number > after }.reversed().map(VersionEntry.init)])
  }

  /// Of the events after `?after=`, the oldest; without, the newest.
  func events(_ request: Request) throws -> Response {
    let after = try number("after", in: request)
    let events =
      after > 0
      ? try live.registry.events(after: after, limit: Self.pageSize)
      : try live.registry.latestEvents(limit: Self.pageSize).reversed()
    return try encoded(["events": events])
  }

  private static let pageSize = 500

  private func number(_ name: String, in request: Request) throws(HTTPFailure) -> Int {
    guard let text = request.uri.queryParameters[Substring(name)] else { return 0 }
    guard let value = Int(text), (0...(1 << 53)).contains(value) else {
      throw .badRequest("\(name): a whole number from 0 on expected, \"\(text.shown(20))\" found")
    }
    return value
  }

  private func encoded(_ value: some Encodable) throws -> Response {
    json(ByteBuffer(string: try Net2NetFiles.json(value, isOneLine: true)))
  }
}

/// `GET /v1/status`.
private struct Status: Encodable {
  struct Candidate: Encodable {
    var version: Int
    var share: Double
    var asked: Int
    var failed: Int

    init(_ candidate: Deployment.Candidate) {
      version = candidate.version.number
      share = candidate.share
      asked = candidate.asked
      failed = candidate.failed
    }
  }

  struct Class: Encodable {
    var name: String
    var count: Int
  }

  struct Traffic: Encodable {
    struct Second: Encodable {
      var requests: Int
      var p50: Double?
      var p99: Double?
    }

    /// Means, and seconds, over the last ten.
    var requestsPerSecond: Double
    var examplesPerSecond: Double
    var p50: Double?
    var p99: Double?
    var seconds: [Second]

    init(_ metrics: ServingMetrics) {
      let last = metrics.snapshot.recent.last(Recent.seconds, before: Int(metrics.uptime))
      let ten = last.suffix(10)
      var latency = Histogram(ends: ServingMetrics.latencyEnds)
      for second in ten { latency.add(second.latency) }
      let length = Double(max(1, ten.count))
      requestsPerSecond = Double(latency.count) / length
      examplesPerSecond = Double(ten.reduce(0) { $0 + $1.rows }) / length
      p50 = latency.quantile(0.5)
      p99 = latency.quantile(0.99)
      seconds = last.map {
        Second(
          requests: $0.latency.count, p50: $0.latency.quantile(0.5),
          p99: $0.latency.quantile(0.99))
      }
    }
  }

  var model: String
  var uptimeSeconds: Double
  var champion: Int?
  var previous: Int?
  var candidate: Candidate?
  var loaded: [Int]
  var waiting: Int
  var traffic: Traffic
  var examples: Int
  var heldOut: Int
  var classes: [Class]
  var learner: String?
}

/// One of `GET /v1/versions`: what a page or a script wants of a version, without plan and receipt.
private struct VersionEntry: Encodable {
  var number: Int
  var parent: Int?
  var kind: Origin.Kind
  var made: String
  var created: Timestamp
  var metrics: [String: Double]
  var parameters: Int
  var multiplyAdds: Int
  var sha256: String

  init(_ version: Version) {
    number = version.number
    parent = version.parent
    kind = version.origin.kind
    let range = version.examples.map { ", examples \($0.lowerBound) to \($0.upperBound - 1)" }
    let learnt = range ?? ""
    made =
      switch version.origin.kind {
      case .import: "imported"
      case .training: "trained" + learnt
      case .growth: "grown and trained" + learnt
      }
    created = version.created
    metrics = version.metrics
    parameters = version.cost.parameters
    multiplyAdds = version.cost.multiplyAdds
    sha256 = version.sha256
  }
}
