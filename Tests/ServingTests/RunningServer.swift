import Foundation
import Logging
import Net2Net
import Net2NetTraining

@testable import Net2NetLifelong

/// A live model in a folder of its own, served at a free port until the value goes.
final class RunningServer: Sendable {
  let port: Int
  let model: LiveModel
  let server: ModelServer
  private let task: Task<Void, any Error>
  private let folder: String

  static let token = "a-token-of-some-length"

  /// The model "line" of two classes: sample · weight, for the weight 1 in version 1, 2 in version 2
  /// and so on. Version 1 is champion.
  init(
    versions: Int = 1, token: String? = token, in place: String? = nil, shape: Shape = [3],
    largestClassCount: Int = 1000,
    _ change: (inout ServerSettings) -> Void = { _ in }
  ) async throws {
    folder =
      (place ?? FileManager.default.temporaryDirectory.path)
      + "/net2net-server-\(UUID().uuidString)"
    let form = SampleForm(
      storage: .float32, shape: shape, preparation: .none)
    var life = LiveSettings(model: "line", sample: form, classes: ["low", "high"])
    life.largestClassCount = largestClassCount
    let model = try LiveModel.create(
      folder, life,
      network: try DeploymentTests.network(weight: 1, inputs: shape.elementCount), source: "test")
    for version in 1..<max(versions, 1) {
      _ = try model.registry.add(
        try DeploymentTests.network(weight: Float(version + 1)),
        as: VersionDraft(parent: version, origin: .training(seeds: [:]), metrics: ["accuracy": 0.5])
      )
    }
    var settings = try ServerSettings(port: 0, token: token)
    settings.batching = .init(rows: 8, milliseconds: 1)
    change(&settings)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = try ModelServer(model, settings, learns: false, logger: logger)
    self.model = model
    self.server = server
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    task = Task {
      defer { listening.finish() }
      try await server.run { listening.yield($0) }
    }
    guard let port = await ports.first(where: { _ in true }) else {
      try await task.value
      throw CancellationError()
    }
    self.port = port
  }

  deinit {
    task.cancel()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// One request on a connection of its own.
  func ask(
    _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
  ) async throws -> RawConnection.Answer {
    try await onThread { [port] in
      let connection = try RawConnection(port: port)
      connection.send(Self.request(method, path, body, headers: headers))
      return try connection.answer()
    }
  }

  static func request(
    _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
  ) -> String {
    var fields = ["Host": "127.0.0.1"]
    if let body {
      fields["Content-Type"] = "application/json"
      fields["Content-Length"] = "\(body.utf8.count)"
    }
    fields.merge(headers) { $1 }
    let lines = fields.sorted { $0.key < $1.key }.filter { $0.value != "" }
      .map { "\($0.key): \($0.value)\r\n" }
    return "\(method) \(path) HTTP/1.1\r\n\(lines.joined())\r\n\(body ?? "")"
  }

  static func inference(_ sample: [Float], rows: Int = 1) -> String {
    let data = Array(repeating: sample, count: rows)
    return """
      {"id":"a","inputs":[{"name":"input","shape":[\(rows),\(sample.count)],"datatype":"FP32",\
      "data":\(data)}]}
      """
  }

  static let authorized = ["Authorization": "Bearer \(token)"]
}
