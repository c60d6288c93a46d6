/// Accuracy by arrival and task: what is told of learning that goes on.
///
/// R(i, j) is the accuracy on task j after arrival i, e(j) the arrival after which task j has been
/// learnt, T the last arrival, and there are K tasks.
public struct AccuracyMatrix: Hashable, Sendable, Codable {
  /// A row for each arrival so far, with a column for each task; nil for a task none of whose
  /// classes has appeared.
  public var rows: [[Double?]]
  public var taskEnds: [Int]

  public init(rows: [[Double?]] = [], taskEnds: [Int]) {
    self.rows = rows
    self.taskEnds = taskEnds
  }

  /// ACC = 1/K Σ R(T, j): Lopez-Paz and Ranzato, *Gradient Episodic Memory for Continual Learning*
  /// (NeurIPS 2017, arXiv 1706.08840).
  public var averageAccuracy: Double? {
    guard let last = rows.last else { return nil }
    return mean(last.compactMap(\.self))
  }

  /// BWT = 1/(K − 1) Σ R(T, j) − R(e(j), j) over all tasks but the last (the same paper). Below
  /// zero where learning on has cost what was learnt before.
  public var backwardTransfer: Double? {
    guard let last = rows.last else { return nil }
    return mean(
      learntBefore.compactMap { task, end in
        guard let now = last[task], let then = rows[end][task] else { return nil }
        return now - then
      })
  }

  /// F = 1/(K − 1) Σ max R(i, j) − R(T, j), the best over the arrivals e(j) ≤ i < T, over all tasks
  /// but the last: Chaudhry et al., *Riemannian Walk for Incremental Learning* (ECCV 2018, arXiv
  /// 1801.10112). Never below −BWT.
  public var forgetting: Double? {
    guard let last = rows.last else { return nil }
    return mean(
      learntBefore.compactMap { task, end in
        guard let now = last[task],
          let best = rows[end..<rows.count - 1].compactMap({ $0[task] }).max()
        else { return nil }
        return best - now
      })
  }

  /// Tasks that were complete before the last arrival.
  private var learntBefore: [(task: Int, end: Int)] {
    taskEnds.enumerated().filter { $1 < rows.count - 1 }.map { (task: $0, end: $1) }
  }

  private func mean(_ numbers: [Double]) -> Double? {
    numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
  }
}
