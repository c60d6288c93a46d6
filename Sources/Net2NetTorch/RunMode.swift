/// Which of its two behaviours each part of a network shows.
public struct RunMode: Hashable, Sendable {
  /// Batch norm uses the statistics of the batch, not the running ones.
  public var batchStatistics: Bool
  /// Batch norm moves its running statistics towards the batch's; without `batchStatistics` it
  /// never does.
  public var updatesRunningStatistics: Bool
  /// Decides, with the node's name, what each dropout drops; nil for nothing. Runs at the same time
  /// do not draw from each other's numbers.
  public var dropoutSeed: UInt64?

  public init(batchStatistics: Bool, updatesRunningStatistics: Bool, dropoutSeed: UInt64?) {
    self.batchStatistics = batchStatistics
    self.updatesRunningStatistics = updatesRunningStatistics
    self.dropoutSeed = dropoutSeed
  }

  public static let evaluation = RunMode(
    batchStatistics: false, updatesRunningStatistics: false, dropoutSeed: nil)

  public static func training(dropoutSeed: UInt64) -> RunMode {
    RunMode(batchStatistics: true, updatesRunningStatistics: true, dropoutSeed: dropoutSeed)
  }

  /// What training computes, repeatably: nothing is drawn and nothing is changed.
  public static let trainingWithoutDropout = RunMode(
    batchStatistics: true, updatesRunningStatistics: false, dropoutSeed: nil)
}
