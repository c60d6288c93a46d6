import BenchmarkSupport
import Foundation
import Net2Net
import Net2NetTraining

/// Two ranks of one thread each against one process of two threads: the same network, the same
/// global batch. Prints; asserts nothing. Arguments choose architectures; all when none.
///
/// The sides take turns, round by round, because a machine's speed drifts; the ratio is the median
/// over rounds.
@main
enum DataParallelBenchmark {
  static let rounds = 7

  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    if let worker = try Worker(words) { return try worker.run() }
    print("images a second of one process of two threads, of two ranks of one thread, of two whose")
    print(
      "batch norms are their own, of two processes of one thread that have nothing to do with each")
    print(
      "other; ratios to the first; collectives and kilobytes that a rank gives to each step, by")
    print("norms of the batch and of ranks; median of \(rounds) rounds")
    for example in Example.all where words.isEmpty || words.contains(example.name) {
      print(try row(example))
    }
  }

  private static func row(_ example: Example) throws -> String {
    var one: [Double] = []
    var scopes: [(scope: TrainingOptions.BatchNormScope, speeds: [Double], traffic: String)] = [
      (.batch, [], ""), (.rank, [], ""),
    ]
    var apart: [Double] = []
    for round in 0..<rounds {
      one.append(try Worker.answers(example, threads: 2, ranks: 1, port: 0)[0].speed)
      let port = 20_000 + (Int(getpid()) * 31 + round * 7) % 20_000
      for index in scopes.indices {
        let answer = try Worker.answers(
          example, threads: 1, ranks: 2, port: port + index, scopes[index].scope)[0]
        scopes[index].speeds.append(answer.speed)
        scopes[index].traffic = String(
          format: "%4.0f %8.1f kB", answer.calls, answer.bytes / 1000)
      }
      let others = try Worker.answers(example, threads: 1, ranks: 2, port: 0)
      apart.append(others.reduce(0) { $0 + $1.speed })
    }
    func ratios(_ others: [Double]) -> String {
      let ratios = zip(one, others).map { $1 / $0 }.sorted()
      return String(
        format: "%.2f (%.2f to %.2f)", median(ratios), ratios[0], ratios[rounds - 1])
    }
    let speeds = [one] + scopes.map(\.speeds) + [apart]
    return
      ([example.title.padding(toLength: 24, withPad: " ", startingAt: 0)]
      + speeds.map { String(format: "%7.0f", median($0)) } + speeds.dropFirst().map(ratios)
      + scopes.map(\.traffic)).joined(separator: "  ")
  }
}

struct Example {
  let name: String
  let architecture: Architecture
  let shape: Shape
  var depth: Int?
  /// Timed in a round, after as many that are not.
  let steps: Int

  var title: String { "\(name) \(shape)" }

  static let all = [
    Example(name: "mlp", architecture: .mlp, shape: [1, 28, 28], steps: 100),
    Example(name: "convnet", architecture: .convnet, shape: [3, 32, 32], steps: 20),
    Example(
      name: "resnet-20", architecture: .resnet, shape: [3, 32, 32], depth: 20, steps: 8),
  ]
}
