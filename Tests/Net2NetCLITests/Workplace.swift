import Foundation
import Subprocess
import Testing

/// What a run of the built program did.
struct Run {
  var exitCode: Int32
  var output: String
  var errors: String

  init(_ status: TerminationStatus, _ output: String, _ errors: String) {
    if case .exited(let code) = status {
      exitCode = code
    } else {
      Issue.record("ended by \(status): \(errors)")
      exitCode = -1
    }
    self.output = output
    self.errors = errors
  }

  /// The first line on standard error, which holds the sentence.
  var sentence: String {
    errors.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
  }
}

/// A fresh folder with the built `net2net` in reach; removed with the value.
final class Workplace {
  let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/net2net-cli-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func contents(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: path(name)))
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path(name)))
  }

  /// Runs `net2net` in the folder.
  func net2net(_ arguments: String...) async throws -> Run { try await net2net(arguments) }

  func net2net(_ arguments: [String]) async throws -> Run {
    try await run("net2net", arguments)
  }

  /// As ``net2net(_:)``, with variables such as `NAME=value` in the environment.
  func net2net(_ arguments: [String], environment: [String]) async throws -> Run {
    let result = try await Subprocess.run(
      .name("env"),
      arguments: .init(["-C", folder] + environment + [Self.built("net2net")] + arguments),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    return Run(result.terminationStatus, result.standardOutput, result.standardError)
  }

  /// Runs a built program in the folder.
  func run(_ program: String, _ arguments: [String] = []) async throws -> Run {
    let result = try await Subprocess.run(
      .name("env"), arguments: .init(["-C", folder, Self.built(program)] + arguments),
      output: .string(limit: 1 << 24), error: .string(limit: 1 << 20))
    return Run(result.terminationStatus, result.standardOutput, result.standardError)
  }

  /// As ``net2net(_:)``, where no file may have more than so many kilobytes.
  func net2net(_ arguments: [String], largestFile kilobytes: Int) async throws -> Run {
    let script = "ulimit -f \(kilobytes) && exec \"$@\""
    let result = try await Subprocess.run(
      .name("env"),
      arguments: .init(
        ["-C", folder, "bash", "-c", script, "bash", Self.built("net2net")] + arguments),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    return Run(result.terminationStatus, result.standardOutput, result.standardError)
  }

  /// As ``net2net(_:)``, with Ctrl-C's signal, or another, sent once a file is there.
  func net2net(
    _ arguments: [String], interruptedOnceExists file: String, by signal: String = "INT"
  ) async throws -> Run {
    let script = """
      "$@" & program=$!
      while [ ! -e "\(file)" ] && kill -0 $program 2>/dev/null; do sleep 0.02; done
      kill -\(signal) $program 2>/dev/null
      wait $program
      """
    let result = try await Subprocess.run(
      .name("env"),
      // An interactive shell's jobs can be interrupted; others ignore the signal from the start.
      arguments: .init(
        ["-C", folder, "bash", "-c", "set -m; " + script, "bash", Self.built("net2net")] + arguments
      ),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    return Run(result.terminationStatus, result.standardOutput, result.standardError)
  }

  /// As ``net2net(_:)``, for a step that a test builds on.
  @discardableResult
  func succeed(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    try await succeed(arguments, sourceLocation: sourceLocation)
  }

  @discardableResult
  func succeed(
    _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let run = try await net2net(arguments)
    #expect(run.exitCode == 0, "\(arguments): \(run.errors)", sourceLocation: sourceLocation)
    return run.output
  }

  /// Beside the test bundle, where every build puts it.
  static func built(_ program: String) -> String {
    let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let beside = bundle.appending(path: program).path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    let repository = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return repository.appending(path: ".build/\(configuration)/\(program)").path
  }

  private static var configuration: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }
}
