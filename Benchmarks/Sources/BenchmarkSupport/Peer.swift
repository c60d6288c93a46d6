import Foundation

/// A process that does what is to be measured, on request, one line for each answer.
public final class Peer {
  private let name: String
  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()

  public init(_ executable: URL, _ arguments: [String]) throws {
    name = executable.lastPathComponent
    process.executableURL = executable
    process.arguments = arguments
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
    guard try line() == "ready" else {
      throw Failure.silent(([name] + arguments).joined(separator: " "))
    }
  }

  /// A script of ours in `Peers`.
  public static func python(_ script: String, _ arguments: [String]) throws -> Peer {
    let repository = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try Peer(
      repository.appending(path: ".venv/bin/python"),
      [repository.appending(path: "Benchmarks/Peers/\(script)").path] + arguments)
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

  /// The other end: answers every request with the milliseconds that `body` makes of it.
  public static func answer(_ body: (_ steps: Int) throws -> Double) throws {
    try say("ready")
    while let line = readLine(), let steps = Int(line) {
      let milliseconds = try body(steps)
      var usage = rusage()
      getrusage(0, &usage)  // RUSAGE_SELF, which is not of the type that is taken here
      try say("\(milliseconds) \(Double(usage.ru_maxrss) / 1024)")
    }
  }

  private static func say(_ line: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
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
      case .silent(let command): "\(command) did not start; run `make setup` first"
      case .answer(let line): "milliseconds and megabytes expected, \"\(line)\" found"
      }
    }
  }
}
