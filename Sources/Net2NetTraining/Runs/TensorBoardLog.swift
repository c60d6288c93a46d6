internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import Net2NetTorch

/// A run's `tensorboard` folder: what TensorBoard shows of it.
///
/// The folder itself has the scalars of the whole run, each growth as a text, and the options as
/// hyper-parameters. What comes after growth N is in `growth-N` too, with that growth among its
/// hyper-parameters, so that TensorBoard's table compares growths by the accuracy that followed.
///
/// The files of a run that is taken up begin at its checkpoint; TensorBoard forgets what others
/// said of later steps, and of that step what others said is said again.
public final class TensorBoardLog {
  private let folder: String
  private let options: [String: EventFile.Value]
  private let whole: EventFile
  /// Since the last growth.
  private var grown: EventFile?
  /// Of the network as it is.
  private var cost: Cost

  /// - Throws: `FilesError`, here and further on, where a file cannot be written.
  public init(_ run: RunDirectory, of trainer: Trainer) throws {
    folder = run.eventsFolder
    options = trainer.options.hyperparameters
    let step = trainer.start?.step ?? 0
    let growths = trainer.start?.progress.growths ?? []
    cost = try growths.last { $0.step == step }?.before ?? trainer.network.cost()
    Self.removeGrowths(of: folder, except: Set(growths.map(Self.name)))
    whole = try EventFile(in: folder, from: step)
    try whole.append(hyperparameters: options)
    if let last = growths.last {
      try begin(last, from: step)
    }
    guard step > 0 else { return }
    for line in try run.log().lines where line.step == step {
      if line.kind == .training { try append(training: line) }
      if line.kind == .growth, let record = line.growth { try append(record, line) }
    }
  }

  public func record(_ event: TrainingEvent) throws {
    switch event {
    case .began(let step, _, _):
      if step == 0 { try whole.append(sizes, step: step) }
    case .logged(let metrics): try append(training: metrics)
    case .evaluated(let metrics, let evaluation):
      let scalars = ["test/loss": evaluation.loss, "test/accuracy": evaluation.accuracy]
      try whole.append(scalars, step: metrics.step)
      try grown?.append(scalars, step: metrics.step)
    case .grown(let metrics, let record):
      try grown?.appendEnd()
      try begin(record, from: record.step)
      try append(record, metrics)
    case .omitted(let step, let what): try whole.append(what, tag: "left_out", step: step)
    case .saved: break
    }
  }

  /// The run has come to the end of its budget.
  public func end() throws {
    try grown?.appendEnd()
    try whole.appendEnd()
  }

  private var sizes: [String: Double] {
    [
      "network/parameters": Double(cost.parameters),
      "network/multiply_adds": Double(cost.multiplyAdds),
    ]
  }

  private func append(training metrics: Metrics) throws {
    var scalars = sizes
    scalars["training/loss"] = metrics.loss
    scalars["training/learning_rate"] = metrics.learningRate
    scalars["training/images_per_second"] = metrics.imagesPerSecond
    scalars["training/gradient_norm"] = metrics.gradientNorm
    scalars["training/peak_memory_bytes"] = metrics.peakMemoryBytes.map(Double.init)
    try whole.append(scalars, step: metrics.step)
  }

  // MARK: Growths

  private static func name(_ record: GrowthRecord) -> String { "growth-\(record.index + 1)" }

  private func append(_ record: GrowthRecord, _ metrics: Metrics) throws {
    cost = record.after
    try whole.append(
      try record.markdown(epoch: metrics.epoch), tag: "growth/\(record.index + 1)",
      step: record.step)
  }

  private func begin(_ record: GrowthRecord, from step: Int) throws {
    let events = try EventFile(in: "\(folder)/\(Self.name(record))", from: step)
    try events.append(
      hyperparameters: options.merging(try record.hyperparameters) { $1 })
    grown = events
  }

  /// A run that is taken up before a growth may grow in another way, or not at all.
  private static func removeGrowths(of folder: String, except kept: Set<String>) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix("growth-") && !kept.contains(name) {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }
}

extension TrainingOptions {
  fileprivate var hyperparameters: [String: EventFile.Value] {
    [
      "optimizer": .text(optimizer.rule.rawValue),
      "learning rate": .number(optimizer.learningRate),
      "momentum": .number(optimizer.momentum), "nesterov": .flag(optimizer.isNesterov),
      "weight decay": .number(optimizer.weightDecay),
      "schedule": .text(schedule.decay.rawValue),
      "warm-up steps": .number(Double(schedule.warmupSteps)),
      "batch size": .number(Double(batchSize)), "label smoothing": .number(labelSmoothing),
      "crop padding": .number(Double(augmentation.cropPadding)),
      "flips": .flag(augmentation.flips), "cutout": .number(Double(augmentation.cutout)),
      "mixup": .number(augmentation.mixup), "seed": .number(Double(seed)),
      "precision": .text(precision.rawValue), "batch norm": .text(batchNorm.rawValue),
    ]
  }
}

extension GrowthRecord {
  fileprivate var hyperparameters: [String: EventFile.Value] {
    get throws {
      [
        "growth": .number(Double(index + 1)), "growth at step": .number(Double(step)),
        "growth plan": .text(try json(growths, isOneLine: true)),
        "growth grade": .text(grade?.rawValue ?? "not verified"),
        "growth learning rate": .text(learningRate.name),
        "parameters before": .number(Double(before.parameters)),
        "parameters after": .number(Double(after.parameters)),
        "multiply-adds before": .number(Double(before.multiplyAdds)),
        "multiply-adds after": .number(Double(after.multiplyAdds)),
      ]
    }
  }

  fileprivate func markdown(epoch: Double) throws -> String {
    """
    Growth \(index + 1) at step \(step), epoch \((epoch * 100).rounded() / 100): \(grade?.rawValue ?? "not verified")\
    \(relativeDifference.map { ", largest relative difference \($0)" } ?? ""); \
    learning rate: \(learningRate.name)

    | | before | after |
    |---|---|---|
    | parameters | \(before.parameters) | \(after.parameters) |
    | multiply-adds | \(before.multiplyAdds) | \(after.multiplyAdds) |

    ```json
    \(try json(growths))
    ```
    """
  }
}
