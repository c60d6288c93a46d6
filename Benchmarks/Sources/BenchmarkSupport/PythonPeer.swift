import Foundation

/// A Python process that does what we do, on request, one line for each answer.
public final class PythonPeer {
  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()

  public init(script: String, arguments: [String]) throws {
    let repository = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    process.executableURL = repository.appending(path: ".venv/bin/python")
    process.arguments =
      [repository.appending(path: "Benchmarks/Peers/\(script)").path] + arguments
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
    guard try line() == "ready" else { throw Failure.silent(script) }
  }

  deinit {
    try? requests.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Milliseconds a step, and the most memory the process has had in MB.
  public func measure(steps: Int) throws -> (milliseconds: Double, memory: Double) {
    try requests.fileHandleForWriting.write(contentsOf: Data("\(steps)\n".utf8))
    let answer = try line()
    let numbers = answer.split(separator: " ").compactMap { Double($0) }
    guard numbers.count == 2 else { throw Failure.answer(answer) }
    return (numbers[0], numbers[1])
  }

  private func line() throws -> String {
    var bytes: [UInt8] = []
    while let byte = try answers.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 {
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  enum Failure: Error, CustomStringConvertible {
    case silent(String)
    case answer(String)

    var description: String {
      switch self {
      case .silent(let script): "\(script) did not start; run `make setup` first"
      case .answer(let line): "milliseconds and megabytes expected, \"\(line)\" found"
      }
    }
  }
}
