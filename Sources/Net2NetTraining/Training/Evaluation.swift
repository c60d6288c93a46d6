public import Net2Net
public import Net2NetTorch

/// How well a network classifies samples it does not learn from.
public struct Evaluation: Hashable, Sendable, Codable {
  /// Mean cross-entropy in nats.
  public let loss: Double
  /// By class: how many targets there are, and how many of them are recognised.
  public let targetsByClass: [Int]
  public let correctByClass: [Int]
  /// For each class, how many of its targets are taken for each class; nil where there are more
  /// than ``largestConfusion`` classes.
  public let confusion: [[Int]]?

  /// How many classes a table of confusions is kept for: it has their square of numbers.
  public static let largestConfusion = 40

  public var targets: Int { targetsByClass.reduce(0, +) }
  /// The share of targets whose class has the largest logit.
  public var accuracy: Double { Double(correctByClass.reduce(0, +)) / Double(targets) }

  /// Nil for a class without targets.
  public var accuracyByClass: [Double?] {
    zip(correctByClass, targetsByClass).map { $1 == 0 ? nil : Double($0) / Double($1) }
  }

  /// Measures `network`, in evaluation mode, on the test split of `data`.
  ///
  /// - Throws: ``TrainingError/networkMismatch(part:expected:found:)`` where the network does not
  ///   suit the data; `EngineError`.
  public init(
    of network: Network, on data: DataSet, batchSize: Int = 256,
    precision: Precision = .float32, device: Device = .cpu
  ) throws {
    let classifier = try Classifier(
      network, for: data, precision: precision, device: device, purpose: .evaluation)
    try self.init(of: classifier, on: data, batchSize: batchSize)
  }

  /// Each of `ranks` measures a part of the split.
  init(
    of classifier: Classifier, on data: DataSet, batchSize: Int, among ranks: Ranks = .alone
  ) throws {
    let loader = BatchLoader(
      data.test, batchSize: batchSize * ranks.size, order: .sequential, shard: try ranks.shard)
    var tally = Tally(classes: data.classes.count)
    var batches = loader.batches()
    while let batch = try batches.next() {
      if batch.count == 0 { continue }  // The last batch may not have an image for every rank.
      try withInferenceMode { () throws(EngineError) in try tally.add(batch, classifier) }
    }
    tally = try tally.sum(over: ranks)
    loss = tally.loss / Double(tally.targets.reduce(0, +))
    targetsByClass = tally.targets
    correctByClass = tally.correct
    confusion = tally.confusion
  }

  fileprivate struct Tally {
    var loss = 0.0
    var targets: [Int]
    var correct: [Int]
    /// Targets of each class by what they are taken for, one class after another; empty for many
    /// classes.
    private var taken: [Int]

    init(classes: Int) {
      targets = [Int](repeating: 0, count: classes)
      correct = targets
      taken = [Int](repeating: 0, count: classes <= largestConfusion ? classes * classes : 0)
    }

    var confusion: [[Int]]? {
      guard !taken.isEmpty else { return nil }
      return targets.indices.map { Array(taken[$0 * targets.count..<($0 + 1) * targets.count]) }
    }

    func sum(over ranks: Ranks) throws(EngineError) -> Tally {
      let numbers = [loss] + (targets + correct + taken).map(Double.init)
      let sums = try ranks.sums(numbers, "evaluating")
      var sum = self
      sum.loss = sums[0]
      let counts = sums.dropFirst().map { Int($0) }
      sum.targets = Array(counts.prefix(targets.count))
      sum.correct = Array(counts.dropFirst(targets.count).prefix(targets.count))
      sum.taken = Array(counts.suffix(taken.count))
      return sum
    }

    mutating func add(_ batch: Batch, _ classifier: Classifier) throws(EngineError) {
      let logits = try classifier.logits(batch, mode: .evaluation)
      let losses = try classifier.crossEntropy(logits, batch, .none).tensor()
      loss = losses.doubles().reduce(loss, +)
      let predictions = try Operators.argmax(.tensor(logits), .int(1)).tensor()
      for (label, prediction) in zip(batch.targets.doubles(), predictions.doubles()) {
        targets[Int(label)] += 1
        if label == prediction { correct[Int(label)] += 1 }
        // A network may have outputs beyond the classes.
        if !taken.isEmpty, Int(prediction) < targets.count {
          taken[Int(label) * targets.count + Int(prediction)] += 1
        }
      }
    }
  }
}
