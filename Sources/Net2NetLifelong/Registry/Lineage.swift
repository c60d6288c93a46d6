/// Versions as the tree that parents make of them, in an order to be printed in: each line goes on at
/// its own depth, and what branched off from it stands before it goes on.
///
///     1
///     ├─ 2
///     ├─ 3
///     │  4
///     5
///
/// 2, 3 and 5 were made from 1, 4 from 3. The line that leads to the champion is the one that goes
/// on, so that a model that has been through thousands of versions stays as narrow as its branches.
public struct Lineage: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public let version: Version
    /// How many lines that go on below are to its left.
    public let depth: Int
    /// The first of a line that branched off.
    public let isBranch: Bool
  }

  /// In the order to be printed in.
  public private(set) var entries: [Entry] = []

  private let children: [Int: [Version]]
  private let mainLine: Set<Int>

  /// - Parameter champion: the version that the main line leads to; the newest when nil.
  public init(_ versions: [Version], champion: Int? = nil) {
    let sorted = versions.sorted { $0.number < $1.number }
    let known = Dictionary(uniqueKeysWithValues: sorted.map { ($0.number, $0) })
    // One whose parent is not among them begins a tree of its own.
    children = Dictionary(grouping: sorted) { version in
      version.parent.flatMap { known[$0]?.number } ?? 0
    }
    var line: Set<Int> = []
    var number = champion.flatMap { known[$0]?.number } ?? sorted.last?.number
    while let current = number {
      line.insert(current)
      number = known[current]?.parent.flatMap { known[$0]?.number }
    }
    mainLine = line
    for root in children[0] ?? [] { follow(root, depth: 0, isBranch: false) }
  }

  /// One line to its end; what branches off is followed first.
  private mutating func follow(_ start: Version, depth: Int, isBranch: Bool) {
    var version = start
    var isFirst = isBranch
    while true {
      entries.append(Entry(version: version, depth: depth, isBranch: isFirst))
      isFirst = false
      let next = children[version.number] ?? []
      guard let main = next.first(where: { mainLine.contains($0.number) }) ?? next.last else {
        return
      }
      for branch in next where branch.number != main.number {
        follow(branch, depth: depth + 1, isBranch: true)
      }
      version = main
    }
  }
}
