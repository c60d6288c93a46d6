import Foundation
import Net2Net
import Net2NetTraining
import TrainingSupport

/// A process that trains, as one rank or by itself, and prints how fast.
struct Worker {
  struct Answer {
    /// Images a second, of all ranks together.
    let speed: Double
    /// Collectives a step, and the bytes that this rank gave to them.
    let calls: Double
    let bytes: Double
  }

  static let batchSize = 128

  let example: Example
  let threads: Int
  let rank: Int
  let ranks: Int
  let port: Int
  let batchNorm: TrainingOptions.BatchNormScope

  /// Starts all ranks, waits for them, and returns what each has printed. With port 0 they never
  /// meet: each has a part of the batch to itself.
  static func answers(
    _ example: Example, threads: Int, ranks: Int, port: Int,
    _ batchNorm: TrainingOptions.BatchNormScope = .batch
  ) throws -> [Answer] {
    let started = try (0..<ranks).map { rank in
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(filePath: CommandLine.arguments[0])
      process.arguments =
        ["worker", example.name] + [threads, rank, ranks, port].map(String.init)
        + [batchNorm.rawValue]
      process.environment = ProcessInfo.processInfo.environment.merging([
        "OMP_WAIT_POLICY": "passive"
      ]) { $1 }
      process.standardOutput = output
      try process.run()
      return (process, output)
    }
    return try started.map { process, output in
      let text = String(
        decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
      guard numbers.count == 3 else { throw Failure.answer(text) }
      return Answer(speed: numbers[0], calls: numbers[1], bytes: numbers[2])
    }
  }

  enum Failure: Error { case answer(String) }

  /// Nil where the arguments are not those of a worker.
  init?(_ words: [String]) throws {
    let numbers = words.dropFirst(2).compactMap { Int($0) }
    guard words.first == "worker", numbers.count == 4,
      let batchNorm = TrainingOptions.BatchNormScope(rawValue: words[words.count - 1]),
      let example = Example.all.first(where: { $0.name == words[1] })
    else { return nil }
    self.example = example
    self.batchNorm = batchNorm
    (threads, rank, ranks, port) = (numbers[0], numbers[1], numbers[2], numbers[3])
  }

  private func companions() throws -> Ranks {
    guard port != 0 else { return .alone }
    let flags = Placement.Flags(rank: rank, ranks: ranks, meeting: "127.0.0.1:\(port)")
    return try Placement.resolved([:], flags: flags).map { try Ranks($0) } ?? .alone
  }

  /// Images a step of this process and those it has met.
  private var batchSize: Int { port == 0 ? Self.batchSize / ranks : Self.batchSize }

  func run() throws {
    let companions = try companions()
    var speed = 0.0
    var before = (calls: 0, bytes: 0)
    var after = before
    // From the trainer's own log, whose second entry lies behind the warm-up.
    _ = try trainer().train(among: companions) { event in
      guard case .logged(let metrics) = event else { return }
      before = after
      after = companions.traffic
      speed = metrics.imagesPerSecond ?? 0
    }
    let steps = Double(example.steps)
    print(
      speed, Double(after.calls - before.calls) / steps,
      Double(after.bytes - before.bytes) / steps)
  }

  private func trainer() throws -> Trainer {
    let options = ArchitectureOptions(inputShape: example.shape, depth: example.depth, seed: 1)
    return try Trainer(
      try example.architecture.network(options),
      data: try .drawnImages(2 * example.steps * batchSize, example.shape, tested: 2),
      options: TrainingOptions(
        budget: .steps(2 * example.steps), batchSize: batchSize,
        evaluationInterval: 1 << 20, logInterval: example.steps, threads: threads,
        batchNorm: batchNorm))
  }
}
