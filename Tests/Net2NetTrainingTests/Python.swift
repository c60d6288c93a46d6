import Foundation
import Subprocess

/// The interpreter that `make setup` prepares, for oracles written in Python.
enum Python {
  private static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let interpreter = repository.appending(path: ".venv/bin/python").path

  static let isPresent = FileManager.default.isExecutableFile(atPath: interpreter)

  /// What a script of `Tests/Oracles` prints when it reads `input`, both as JSON.
  static func answer<Answer: Decodable>(
    of script: String, to input: some Encodable
  ) async throws -> Answer {
    let file = repository.appending(path: "Tests/Oracles/\(script)").path
    let question = String(decoding: try JSONEncoder().encode(input), as: UTF8.self)
    let result = try await run(
      .name("env"), arguments: [interpreter, file], input: .string(question),
      output: .string(limit: 1 << 24), error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
      throw Failure(description: result.standardError)
    }
    return try JSONDecoder().decode(Answer.self, from: Data(result.standardOutput.utf8))
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}
