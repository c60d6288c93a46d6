/// One of the equal parts that every batch is cut into. Processes that learn together take one
/// each; together they see what a single process would, sample for sample.
public struct Shard: Hashable, Sendable {
  public let rank: Int
  public let count: Int

  /// All of it.
  public static let whole = Shard(unchecked: 0, of: 1)

  /// - Throws: ``TrainingError/option(_:expected:found:)`` for a rank that there is not.
  public init(_ rank: Int, of count: Int) throws(TrainingError) {
    guard count >= 1 else {
      throw .option("shards", expected: "1 or more", found: "\(count)")
    }
    guard (0..<count).contains(rank) else {
      throw .option("shard", expected: "0 to \(count - 1)", found: "\(rank)")
    }
    self.init(unchecked: rank, of: count)
  }

  private init(unchecked rank: Int, of count: Int) {
    self.rank = rank
    self.count = count
  }

  /// The part of `range` that is this shard's: as long as the others', or by one shorter where
  /// the length is no multiple of their count.
  func part(of range: Range<Int>) -> Range<Int> {
    let bounds = [rank, rank + 1].map { range.lowerBound + range.count * $0 / count }
    return bounds[0]..<bounds[1]
  }
}
