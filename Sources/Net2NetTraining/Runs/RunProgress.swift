/// How far a run has come, besides the network and the optimizer: `progress.json` of a checkpoint.
public struct RunProgress: Hashable, Sendable, Codable {
  /// Steps taken.
  public var step: Int
  /// Samples learnt from, whatever the number of processes: the position in the data.
  public var samples: Int
  /// Steps of the schedule that have been taken, or looked at and left out.
  public var scheduleSteps = 0
  /// Growths so far, first to last.
  public var growths: [GrowthRecord] = []
  /// Of the step of the schedule that is waited for.
  var plateau = PlateauTracker()
  /// Sum of the training losses since the last evaluation, and how many there are.
  var lossSum = 0.0
  var lossCount = 0
  /// Of the steps that have not been logged yet; nil where there are none.
  var window: LossWindow?
  /// Steps without a loss that is a number, right before this one.
  var skippedInARow: Int?
  /// Of the last evaluation; nil in checkpoints of earlier versions.
  var evaluatedLoss: Double?

  public init(step: Int = 0, samples: Int = 0) {
    self.step = step
    self.samples = samples
  }
}
