public import Net2NetTraining
internal import Net2Net

/// A data set as it would come: cut into arrivals of growing size, 1 : 2 : 3 : …, each with its
/// share of examples that are held out, and into tasks that accuracy is told by.
public struct SimulatedStream: Sendable {
  public struct Arrival: Hashable, Sendable {
    /// Of the training split.
    public var new: [Int]
    public var heldOut: [Int]
    /// How many of the classes have appeared.
    public var classes: Int
  }

  public let data: DataSet
  public let arrivals: [Arrival]
  /// Of the test split: task by task, what belongs to it.
  public let tasks: [[Int]]
  /// After which arrival each task has been learnt.
  public let taskEnds: [Int]

  /// - Throws: ``LifelongError/option(_:expected:found:)`` where there are too few examples or classes.
  public init(_ data: DataSet, _ settings: SimulationSettings) throws {
    self.data = data
    let draw = Draw(seed: settings.seed).derived(for: "stream")
    let order = Array(
      draw.permutation(of: data.training.count).prefix(settings.samples ?? data.training.count))
    switch settings.scenario {
    case .size:
      let all = data.classes.count
      arrivals = try Self.arrivals(
        order, settings.arrivals, classes: all, draw, heldOut: settings.heldOut)
      let test = draw.derived(for: "tasks").permutation(of: data.test.count)
      let count = settings.arrivals
      tasks = (0..<count).map {
        Array(test[$0 * test.count / count..<($0 + 1) * test.count / count])
      }
      taskEnds = Array(0..<count)
    case .classes:
      let pairs = (data.classes.count + 1) / 2
      try require(
        settings.arrivals >= pairs && settings.arrivals.isMultiple(of: pairs), "arrivals",
        "a multiple of \(pairs), the pairs of classes", settings.arrivals)
      let each = settings.arrivals / pairs
      arrivals = try (0..<pairs).flatMap { pair in
        try Self.arrivals(
          order.filter { data.training.labels[$0] / 2 == pair }, each,
          classes: min(data.classes.count, 2 * (pair + 1)), draw, heldOut: settings.heldOut)
      }
      tasks = (0..<pairs).map { pair in
        data.test.labels.indices.filter { data.test.labels[$0] / 2 == pair }
      }
      taskEnds = (0..<pairs).map { ($0 + 1) * each - 1 }
    }
    try require(tasks.allSatisfy { !$0.isEmpty }, "test examples", "one or more for each task", 0)
  }

  private static func arrivals(
    _ order: [Int], _ count: Int, classes: Int, _ draw: Draw, heldOut: Double
  ) throws -> [Arrival] {
    let shares = count * (count + 1) / 2
    try require(
      order.count >= shares * leastExamples, "samples",
      "\(shares * leastExamples) or more for \(count) arrivals", order.count)
    let places = draw.derived(for: "held out")
    return try (1...count).map { number in
      let part = order[
        order.count * (number * (number - 1) / 2) / shares..<order.count
          * (number * (number + 1) / 2) / shares]
      let held = part.filter { places.uniform($0) < heldOut }
      let new = part.filter { places.uniform($0) >= heldOut }
      try require(
        !held.isEmpty && !new.isEmpty, "samples", "more for \(count) arrivals", order.count)
      return Arrival(new: new, heldOut: held, classes: classes)
    }
  }

  /// For the first arrival; the smallest.
  private static let leastExamples = 16

  /// Everything that may be learnt from after an arrival, first to last.
  func learnt(through arrival: Int) -> [Int] { arrivals[...arrival].flatMap(\.new) }

  func heldOut(through arrival: Int) -> [Int] { arrivals[...arrival].flatMap(\.heldOut) }

  /// Test examples whose class has appeared.
  func test(after arrival: Int) -> [Int] {
    let classes = arrivals[arrival].classes
    return classes == data.classes.count
      ? Array(data.test.labels.indices)
      : data.test.labels.indices.filter { data.test.labels[$0] < classes }
  }
}
