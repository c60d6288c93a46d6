public import Net2Net
public import Net2NetTorch

/// What a network takes each sample of a split for, one by one: what two networks that saw the same
/// samples are compared by.
public struct Predictions: Hashable, Sendable {
  /// The class of each target, in the order of the split.
  public let targets: [Int]
  /// The class whose logit is largest.
  public let classes: [Int]
  /// Cross-entropy in nats.
  public let losses: [Double]

  public init(targets: [Int], classes: [Int], losses: [Double]) {
    self.targets = targets
    self.classes = classes
    self.losses = losses
  }

  /// Runs `network`, in evaluation mode, on the test split of `data`.
  ///
  /// - Throws: ``TrainingError/networkMismatch(part:expected:found:)``, `EngineError`.
  public init(
    of network: Network, on data: DataSet, batchSize: Int = 256, device: Device = .cpu
  ) throws {
    let classifier = try Classifier(network, for: data, device: device)
    var (targets, classes, losses): ([Int], [Int], [Double]) = ([], [], [])
    var batches = BatchLoader(data.test, batchSize: batchSize, order: .sequential).batches()
    while let batch = try batches.next() {
      try withInferenceMode { () throws(EngineError) in
        let logits = try classifier.logits(batch, mode: .evaluation)
        losses += try classifier.crossEntropy(logits, batch, .none).tensor().doubles()
        classes += try Operators.argmax(.tensor(logits), .int(1)).tensor().doubles().map { Int($0) }
        targets += batch.targets.doubles().map { Int($0) }
      }
    }
    self.init(targets: targets, classes: classes, losses: losses)
  }

  public var count: Int { targets.count }
  public var areCorrect: [Bool] { zip(targets, classes).map(==) }
  /// The share that is right; 0 of none.
  public var accuracy: Double { Double(areCorrect.count { $0 }) / Double(max(1, count)) }
  /// Mean cross-entropy in nats; 0 of none.
  public var loss: Double { losses.reduce(0, +) / Double(max(1, count)) }
}
