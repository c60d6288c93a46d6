import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite struct ReservoirTests {
  @Test func firstExamplesFillIt() {
    var reservoir = Reservoir(size: 3, seed: 1)
    for number in [5, 7, 9] { reservoir.offer(number) }
    #expect(reservoir.numbers == [5, 7, 9])
    #expect(reservoir.offered == 3)
  }

  @Test func everyExampleIsAsLikelyToBeInIt() {
    // 10 of 100, drawn 2000 times: each number 200 times, with a deviation of 13.4.
    var counts = [Int](repeating: 0, count: 100)
    for seed in 0..<2000 {
      var reservoir = Reservoir(size: 10, seed: UInt64(seed))
      for number in 0..<100 { reservoir.offer(number) }
      #expect(Set(reservoir.numbers).count == 10)
      for number in reservoir.numbers { counts[number] += 1 }
    }
    #expect(counts.allSatisfy { (140...260).contains($0) }, "\(counts)")
    let oldHalf = counts.prefix(50).reduce(0, +)
    #expect((9600...10_400).contains(oldHalf))
  }

  @Test(.requiresTorch) func onlyExamplesToLearnFromComeIntoItInOneGoOrMany() throws {
    var settings = LiveSettings.small
    settings.heldOutShare = 0.4
    try withLiveModel(settings) { model, _ in
      _ = try model.examples.append((0..<500).map(Example.numbered))
      var whole = Reservoir(size: 20, seed: 3)
      whole.update(from: model.examples, upTo: 500)
      var parts = Reservoir(size: 20, seed: 3)
      for end in [1, 17, 17, 10, 300, 500] { parts.update(from: model.examples, upTo: end) }
      #expect(parts == whole)
      #expect(whole.offered == model.examples.counts.training)
      let heldOut = Set(model.examples.heldOutNumbers(in: 0..<500))
      #expect(heldOut.isDisjoint(with: whole.numbers))
      #expect(whole.numbers.contains { $0 > 250 })
    }
  }
}
