internal import Synchronization

/// What the server has done, counted; nothing of what clients sent.
final class ServingMetrics: Sendable {
  /// Upper ends, in seconds: four to a factor of ten.
  static let latencyEnds: [Double] = [
    0.00018, 0.00032, 0.00056, 0.001, 0.0018, 0.0032, 0.0056, 0.01, 0.018, 0.032, 0.056, 0.1, 0.18,
    0.32, 0.56, 1, 1.8, 3.2, 5.6, 10,
  ]
  static let batchEnds: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

  struct Counts: Sendable {
    /// By route and status.
    var requests: [RequestLabel: Int] = [:]
    /// Of inference alone.
    var latency = Histogram(ends: ServingMetrics.latencyEnds)
    var batches = Histogram(ends: ServingMetrics.batchEnds)
    /// By version, as answers say.
    var answers: [Int: Int] = [:]
    var examples = 0
    var swaps = 0
    var withdrawals = 0
    var recent = Recent()
  }

  struct RequestLabel: Hashable, Comparable, Sendable {
    var route: String
    var status: Int

    static func < (a: Self, b: Self) -> Bool {
      a.route == b.route ? a.status < b.status : a.route < b.route
    }
  }

  /// A model may have thousands over the years; of the newest, answers are counted.
  private static let mostVersions = 64

  private let counts = Mutex(Counts())
  let start = ContinuousClock.now

  var snapshot: Counts { counts.withLock { $0 } }

  var uptime: Double { start.duration(to: .now) / .seconds(1) }

  func countRequest(_ route: String, status: Int) {
    counts.withLock { $0.requests[RequestLabel(route: route, status: status), default: 0] += 1 }
  }

  func countAnswer(version: Int, rows: Int, seconds: Double) {
    let second = Int(uptime)
    counts.withLock {
      $0.latency.add(seconds)
      $0.answers[version, default: 0] += 1
      if $0.answers.count > Self.mostVersions, let oldest = $0.answers.keys.min() {
        $0.answers[oldest] = nil
      }
      $0.recent.add(second: second, rows: rows, seconds: seconds)
    }
  }

  func countBatch(rows: Int) { counts.withLock { $0.batches.add(Double(rows)) } }
  func countExamples(_ count: Int) { counts.withLock { $0.examples += count } }
  func countSwap() { counts.withLock { $0.swaps += 1 } }
  func countWithdrawal() { counts.withLock { $0.withdrawals += 1 } }
}

/// How many values lie below each of some ends.
struct Histogram: Hashable, Sendable {
  let ends: [Double]
  /// One more than ends: the last holds what is above all of them.
  private(set) var counts: [Int]
  private(set) var sum = 0.0
  private(set) var count = 0

  init(ends: [Double]) {
    self.ends = ends
    counts = Array(repeating: 0, count: ends.count + 1)
  }

  mutating func add(_ value: Double) {
    counts[ends.firstIndex { value <= $0 } ?? ends.count] += 1
    sum += value
    count += 1
  }

  mutating func add(_ other: Histogram) {
    for index in counts.indices { counts[index] += other.counts[index] }
    sum += other.sum
    count += other.count
  }

  /// The value below which a share of all lie, between the ends of its part; nil without values.
  func quantile(_ share: Double) -> Double? {
    guard count > 0 else { return nil }
    let wanted = share * Double(count)
    var below = 0.0
    for (index, part) in counts.enumerated() where part > 0 {
      if below + Double(part) >= wanted {
        guard index < ends.count else { return ends.last }
        let lower = index == 0 ? 0 : ends[index - 1]
        return lower + (ends[index] - lower) * (wanted - below) / Double(part)
      }
      below += Double(part)
    }
    return ends.last
  }
}

/// The last minute, second by second, in bounded memory.
struct Recent: Hashable, Sendable {
  static let seconds = 60

  struct Second: Hashable, Sendable {
    var number = -1
    var rows = 0
    var latency = Histogram(ends: ServingMetrics.latencyEnds)
  }

  private var ring = Array(repeating: Second(), count: seconds)

  mutating func add(second: Int, rows: Int, seconds: Double) {
    let place = second % Self.seconds
    if ring[place].number != second { ring[place] = Second(number: second) }
    ring[place].rows += rows
    ring[place].latency.add(seconds)
  }

  /// The `count` whole seconds before `second`, oldest first; seconds without requests are empty.
  func last(_ count: Int, before second: Int) -> [Second] {
    (max(0, second - min(count, Self.seconds - 1))..<max(0, second)).map { number in
      let held = ring[number % Self.seconds]
      return held.number == number ? held : Second(number: number)
    }
  }
}
