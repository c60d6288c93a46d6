import Net2Net

extension [Program.Step?] {
  /// Puts one step in the place of several, which only each other read in between. It runs where
  /// the last of them ran: only then everything is there that it reads.
  ///
  /// - Parameters:
  ///   - members: indices, in order.
  ///   - operands: slots that the step reads.
  mutating func merge(
    _ members: [Int], into runnable: any Runnable, reading operands: [Int?]
  ) {
    let merged = members.compactMap { self[$0] }
    guard let first = merged.first, let last = merged.last else { return }
    let between = Set(merged.dropLast().flatMap(\.results))
    var released = Set(merged.flatMap(\.released)).subtracting(between.compactMap(\.self))
    for index in members { self[index] = nil }
    // What the step reads is no longer let go of by those that it was moved behind.
    let read = Set(operands.compactMap(\.self))
    for index in members[0]..<members[members.count - 1] {
      guard let others = self[index]?.released else { continue }
      self[index]?.released = others.filter { !read.contains($0) }
      released.formUnion(others.filter(read.contains))
    }
    self[members[members.count - 1]] = Program.Step(
      node: first.node, operation: first.operation, runnable: runnable, operands: operands,
      results: last.results, overwritten: nil, released: released.sorted())
  }
}
