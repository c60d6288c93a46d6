/// Which of its two behaviours each part of a network shows.
public struct RunMode: Hashable, Sendable {
  /// Batch norm uses the statistics of the batch, not the running ones.
  public var batchStatistics: Bool
  /// Batch norm moves its running statistics towards the batch's; without `batchStatistics` it
  /// never does.
  public var updatesRunningStatistics: Bool
  public var dropout: Bool

  public init(batchStatistics: Bool, updatesRunningStatistics: Bool, dropout: Bool) {
    self.batchStatistics = batchStatistics
    self.updatesRunningStatistics = updatesRunningStatistics
    self.dropout = dropout
  }

  public static let evaluation = RunMode(
    batchStatistics: false, updatesRunningStatistics: false, dropout: false)

  public static let training = RunMode(
    batchStatistics: true, updatesRunningStatistics: true, dropout: true)

  /// What training computes, repeatably: nothing is drawn and nothing is changed.
  public static let trainingWithoutDropout = RunMode(
    batchStatistics: true, updatesRunningStatistics: false, dropout: false)
}
