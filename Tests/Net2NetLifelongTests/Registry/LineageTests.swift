import Foundation
import Net2Net
import Testing

@testable import Net2NetLifelong

@Suite struct LineageTests {
  private func version(_ number: Int, from parent: Int?) -> Version {
    Version(
      number: number, parent: parent, origin: .training(seeds: [:]), examples: nil, metrics: [:],
      cost: Cost(), sha256: "", created: Timestamp(millisecondsSince1970: 0))
  }

  /// `1`, `├2` for one that branches off, indented by the lines that go on.
  private func drawing(_ parents: [Int: Int?], champion: Int? = nil) -> [String] {
    Lineage(parents.map { version($0, from: $1) }, champion: champion).entries.map { entry in
      String(repeating: "│", count: entry.depth - (entry.isBranch ? 1 : 0))
        + (entry.isBranch ? "├" : "") + "\(entry.version.number)"
    }
  }

  @Test func chainStaysAtTheMargin() {
    #expect(drawing([1: nil, 2: 1, 3: 2]) == ["1", "2", "3"])
  }

  @Test func branchesStandBeforeTheirLineGoesOn() {
    #expect(
      drawing([1: nil, 2: 1, 3: 1, 4: 3, 5: 1, 6: 3]) == ["1", "├2", "├5", "3", "├4", "6"])
    #expect(drawing([1: nil, 2: 1, 3: 1, 4: 3, 5: 1]) == ["1", "├2", "├3", "│4", "5"])
  }

  @Test func lineOfTheChampionGoesOn() {
    #expect(drawing([1: nil, 2: 1, 3: 1, 4: 2], champion: 4) == ["1", "├3", "2", "4"])
  }

  @Test func versionsWithoutTheirParentsBeginTrees() {
    #expect(drawing([7: 3, 8: 7, 9: 4]) == ["7", "8", "9"])
  }

  @Test func thousandsInARowNeedNoDeepStack() {
    let parents = Dictionary(
      uniqueKeysWithValues: (1...20_000).map { ($0, $0 == 1 ? nil : $0 - 1) as (Int, Int?) })
    #expect(drawing(parents) == (1...20_000).map(String.init))
  }
}
