import ArgumentParser
import Net2Net
import Foundation
import Logging
import Net2NetLifelong
import Net2NetTorch
import Synchronization

struct LiveServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve a live model by HTTP, and let it learn from what arrives.",
    discussion: """
      Speaks the Open Inference Protocol (version 2), takes labelled examples, and shows a page at \
      the address that it prints. Ctrl-C ends it, once requests that have begun are answered. \
      Example:

        net2net live serve model --port 8080
        curl http://127.0.0.1:8080/v2/health/ready

      Programs of this machine alone reach it unless --host says otherwise, and that needs a token. \
      Promoting and rolling back always do; without --token-file it is the one in the folder's \
      `token`.
      """)

  @ArgumentParser.Argument(help: "The folder that `net2net live init` made.")
  var folder: String

  @Option(help: "0 takes any free one, and prints it.")
  var port = 8080

  @Option(help: "The address to listen at; any but this machine's own needs --token-file.")
  var host = "127.0.0.1"

  @Option(help: "A file with the token that clients have to show, 16 characters or more.")
  var tokenFile: String?

  @Flag(name: .customLong("no-learn"), help: "Serve only.")
  var doesNotLearn = false

  @Option(help: "How many examples are run together at most.")
  var batchSize = 32

  @Option(help: "How many milliseconds a request waits for others to run with at most.")
  var batchDelay = 1.0

  @OptionGroup var engine: EngineOptions

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("port: 0 to 65535 expected, \(port) found")
    }
    guard (1...4096).contains(batchSize) else {
      throw ValidationError("batch-size: 1 to 4096 expected, \(batchSize) found")
    }
    guard (0...1000).contains(batchDelay) else {
      throw ValidationError("batch-delay: 0 to 1000 expected, \(batchDelay) found")
    }
  }

  func run() throws {
    _ = try engine.prepared()
    let model = try LiveModel(folder)
    let settings = try settings()
    var logger = Logger(label: "net2net") { PrintableLog(label: $0) }
    logger.logLevel = .warning
    let server = try ModelServer(
      model, settings, learns: !doesNotLearn, logger: logger)
    let (host, name) = (host, model.settings.model)
    try waiting {
      try await server.run(stoppingOnSignals: true) { port in
        let address = host.contains(":") ? "[\(host)]" : host
        say("\(name): http://\(address):\(port)/")
      }
    }
  }

  private func settings() throws -> ServerSettings {
    let token = try tokenFile.map { try LiveFolder.token(in: $0) }
    var settings = try ServerSettings(host: host, port: port, token: token)
    if token == nil { settings.token = try LiveFolder(folder).token() }
    settings.batching = .init(rows: batchSize, milliseconds: batchDelay)
    settings.productVersion = Release.version
    return settings
  }
}

/// At once, also where the output is a pipe that somebody waits at.
private func say(_ line: String) {
  FileHandle.standardOutput.say("\(line)\n")
}

/// Blocks this thread, the main one, until `body` is done.
func waiting(_ body: @escaping @Sendable () async throws -> Void) throws {
  let done = DispatchSemaphore(value: 0)
  let failure = Mutex<(any Error)?>(nil)
  Task {
    do { try await body() } catch { failure.withLock { $0 = error } }
    done.signal()
  }
  done.wait()
  if let error = failure.withLock({ $0 }) { throw error }
}
