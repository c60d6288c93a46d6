internal import Foundation
internal import Subprocess

/// The Python of `.venv`, with reference implementations that nobody here wrote.
public enum Python {
  private static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  private static let executable = repository + "/.venv/bin/python"

  private static let oracles = repository + "/Tests/Oracles"

  public static let isAvailable = FileManager.default.isExecutableFile(atPath: executable)

  /// What a script, given as text, prints.
  ///
  /// - Throws: what it complained of, when it fails.
  public static func run(_ script: String, _ arguments: String...) async throws -> String {
    try await run(["-c", script] + arguments, input: "")
  }

  public static func run(_ script: String, _ arguments: [String]) async throws -> String {
    try await run(["-c", script] + arguments, input: "")
  }

  /// What a file of `Tests/Oracles` prints.
  public static func run(oracle: String, _ arguments: String...) async throws -> String {
    try await run(["\(oracles)/\(oracle)"] + arguments, input: "")
  }

  /// What a file of `Examples` prints.
  public static func run(example: String, _ arguments: String...) async throws -> String {
    try await run(["\(repository)/Examples/\(example)"] + arguments, input: "")
  }

  /// What a file of `Tests/Oracles` prints when it reads `question`, both as JSON.
  public static func answer<Answer: Decodable>(
    of oracle: String, to question: some Encodable
  ) async throws -> Answer {
    let input = String(decoding: try JSONEncoder().encode(question), as: UTF8.self)
    let output = try await run(["\(oracles)/\(oracle)"], input: input)
    return try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
  }

  private static func run(_ arguments: [String], input: String) async throws -> String {
    let result = try await Subprocess.run(
      .name("env"), arguments: .init([executable] + arguments), input: .string(input),
      output: .string(limit: 1 << 28), error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
      throw Failure(description: result.standardError)
    }
    return result.standardOutput
  }

  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }
}
