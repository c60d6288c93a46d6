import Foundation
import Subprocess
import Testing

/// Runs `body` with a path to a fresh directory that is removed afterwards.
@discardableResult
func withTemporaryDirectory<R>(_ body: (String) async throws -> R) async throws -> R {
  let directory = FileManager.default.temporaryDirectory.path + "/net2net-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try await body(directory)
}

/// The Python environment that `make` sets up, with reference implementations nobody here wrote.
enum Python {
  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  static let executable = repository + "/.venv/bin/python"
  static let isAvailable = FileManager.default.isExecutableFile(atPath: executable)

  /// Runs a file of `Goldens/`.
  static func run(script: String, _ arguments: String...) async throws -> String {
    try await run(
      arguments: [repository + "/Tests/Net2NetFilesTests/Goldens/" + script] + arguments)
  }

  static func run(_ script: String, _ arguments: String...) async throws -> String {
    try await run(arguments: ["-c", script] + arguments)
  }

  /// Standard output of a script; a failure is an issue that shows standard error.
  private static func run(arguments: [String]) async throws -> String {
    let result = try await Subprocess.run(
      .name("env"), arguments: .init([executable] + arguments),
      output: .string(limit: 1 << 24), error: .string(limit: 1 << 20))
    if !result.terminationStatus.isSuccess {
      Issue.record("python: \(result.standardError)")
    }
    return result.standardOutput
  }
}

extension Trait where Self == ConditionTrait {
  static var requiresPython: Self {
    .enabled(if: Python.isAvailable, "needs .venv with onnx, onnxruntime and safetensors")
  }
}

/// Runs `body` with the path of a file that holds `bytes`.
@discardableResult
func withFile<R>(_ bytes: [UInt8], _ body: (String) async throws -> R) async throws -> R {
  try await withTemporaryDirectory { directory in
    let file = directory + "/sample"
    try Data(bytes).write(to: URL(filePath: file))
    return try await body(file)
  }
}
