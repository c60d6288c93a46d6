// Whether a live model that has been through a lot takes examples as fast as a new one.
//
//   RegistryBenchmark [FOLDER] [EXAMPLES] [VERSIONS]
//
// Fills a live model in FOLDER with 10,000 versions and 10 million examples of 16 bytes, and makes an
// empty one beside it. Then both take the same examples in turns: from eight threads in batches of
// 100, and one by one, each acknowledged when it is on the disk. Prints the medians of each and of
// their ratios, how long opening and looking take, and the memory. A folder that is given stays, and
// is filled no second time; a temporary one is removed.

import BenchmarkSupport
import Foundation
import Net2Net
import Net2NetLifelong
import Net2NetTraining

@main
struct RegistryBenchmark {
  private static let rounds = 15
  private static let threads = 8
  private static let batchesPerThread = 25
  private static let singles = 100

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst().map { $0 }
    let temporary = FileManager.default.temporaryDirectory
      .appending(path: "registry-benchmark-\(UUID().uuidString)").path
    let folder = arguments.first ?? temporary
    let examples = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 10_000_000
    let versions = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 10_000
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: temporary) }

    try? FileManager.default.removeItem(atPath: "\(folder)/empty")
    let empty = try model("\(folder)/empty")
    if !FileManager.default.fileExists(atPath: "\(folder)/full") {
      try fill("\(folder)/full", examples: examples, versions: versions)
    }
    let before = residentMegabytes()
    var full: LiveModel?
    let opening = try seconds { full = try LiveModel("\(folder)/full") }
    guard let full else { return }
    print(
      String(
        format: "%d examples, %d versions: opened in %.2f s, %.0f MB of memory more",
        full.examples.count, try full.registry.versionCount(), opening,
        residentMegabytes() - before))
    try measureLooking(full)
    try compare(empty, full)
  }

  // MARK: Making

  private static func model(_ path: String) throws -> LiveModel {
    let settings = LiveSettings(
      model: "benchmark",
      sample: SampleForm(
        storage: .uint8, shape: [1, 4, 4], preparation: .pixels(means: [0.5], deviations: [0.25])),
      classes: (0..<10).map(String.init))
    return try LiveModel.create(path, settings, network: try network(0), source: "benchmark")
  }

  private static func network(_ seed: Int) throws -> Network {
    var builder = NetworkBuilder(name: "benchmark", seed: UInt64(seed))
    let input = builder.input([1, 4, 4])
    return try builder.network(output: builder.dense(builder.flatten(input), features: 10))
  }

  private static func fill(_ path: String, examples: Int, versions: Int) throws {
    let model = try model(path)
    let adding = try seconds {
      for start in stride(from: 0, to: examples, by: 10_000) {
        _ = try model.examples.append((start..<min(start + 10_000, examples)).map(example))
      }
    }
    print(String(format: "%d examples stored in %.1f s", examples, adding))
    let networks = try (0..<100).map(network)
    let growing = try seconds {
      for number in 1..<max(versions, 1) {
        _ = try model.registry.add(
          networks[number % networks.count],
          as: VersionDraft(
            parent: number, origin: .training(seeds: ["order": UInt64(number)]),
            examples: 0..<number, metrics: ["accuracy": 0.9, "loss": 0.3]))
      }
    }
    print(String(format: "%d versions added in %.1f s", versions, growing))
    model.examples.close()
  }

  /// 16 pixels that no other number has.
  private static func example(_ number: Int) -> Example {
    let bits = Draw(seed: 1).bits(number)
    let pixels = (0..<16).map { UInt8(truncatingIfNeeded: bits >> (4 * $0)) }
    return Example(sample: pixels, label: number % 10)
  }

  // MARK: Measuring

  private static func measureLooking(_ model: LiveModel) throws {
    let count = model.examples.count
    let status = try seconds { _ = try LiveStatus(model) }
    let listing = seconds { _ = model.examples.trainingNumbers(in: 0..<count) }
    var reservoir = Reservoir(size: 10_000, seed: 0)
    let rehearsal = seconds { reservoir.update(from: model.examples, upTo: count) }
    let draw = Draw(seed: 2)
    let reads = try seconds {
      for index in 0..<100_000 {
        _ = try model.examples.example(draw.integer(index, below: count))
      }
    }
    print(
      String(
        format: "status %.1f ms; all numbers to learn from %.0f ms; reservoir of all %.0f ms; "
          + "a random example %.1f µs", status * 1e3, listing * 1e3, rehearsal * 1e3, reads * 10))
  }

  /// In turns, so that what else the machine does meets both alike.
  private static func compare(_ empty: LiveModel, _ full: LiveModel) throws {
    var batches: [(Double, Double)] = []
    var singles: [(Double, Double)] = []
    var versions: [(Double, Double)] = []
    // Networks that neither has, also where the full one has been measured before.
    let seed = try full.registry.versionCount()
    for round in 0..<rounds {
      batches.append((try takeBatches(empty, round), try takeBatches(full, round)))
      singles.append((try takeSingles(empty, round), try takeSingles(full, round)))
      versions.append((try addVersion(empty, seed + round), try addVersion(full, seed + round)))
    }
    report("100 examples, 8 threads", batches)
    report("1 example, 1 thread", singles)
    report("1 version", versions)
  }

  private static func report(_ name: String, _ times: [(Double, Double)]) {
    print(
      String(
        format: "%@: empty %.3f ms, full %.3f ms, ratio %.2f",
        name, median(times.map(\.0)) * 1e3, median(times.map(\.1)) * 1e3,
        median(times.map { $1 / $0 })))
  }

  /// Seconds a batch.
  private static func takeBatches(_ model: LiveModel, _ round: Int) throws -> Double {
    let batch = (0..<100).map { example(1_000_000_000 + round * 100 + $0) }
    let time = seconds {
      DispatchQueue.concurrentPerform(iterations: threads) { _ in
        for _ in 0..<batchesPerThread {
          guard (try? model.examples.append(batch)) != nil else { exit(1) }
        }
      }
    }
    return time / Double(threads * batchesPerThread)
  }

  /// Seconds an example.
  private static func takeSingles(_ model: LiveModel, _ round: Int) throws -> Double {
    try seconds {
      for index in 0..<singles {
        _ = try model.examples.append([example(2_000_000_000 + round * singles + index)])
      }
    } / Double(singles)
  }

  private static func addVersion(_ model: LiveModel, _ seed: Int) throws -> Double {
    let network = try network(seed)
    return try seconds {
      _ = try model.registry.add(
        network, as: VersionDraft(parent: 1, origin: .training(seeds: [:])))
    }
  }

  private static func residentMegabytes() -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    return (line.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) / 1024
  }
}
