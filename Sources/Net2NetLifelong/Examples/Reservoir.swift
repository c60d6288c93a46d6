internal import Net2Net

/// A sample of all examples to learn from, each as likely to be in it as any other, whatever their
/// number: algorithm R (Vitter, *Random Sampling with a Reservoir*, ACM TOMS 11, 1985). The first
/// `size` examples fill it; the n-th after that takes the place of a drawn one with probability
/// size / n. Draws go by position, so the same examples give the same reservoir, in one go or many.
public struct Reservoir: Hashable, Sendable, Codable {
  public let size: Int
  public let seed: UInt64
  /// How many examples have been offered.
  public private(set) var offered = 0
  /// The numbers of those in it.
  public private(set) var numbers: [Int] = []
  /// Examples below this number have been offered, as far as they are to learn from.
  public private(set) var end = 0

  public init(size: Int, seed: UInt64) {
    self.size = size
    self.seed = seed
  }

  mutating func offer(_ number: Int) {
    if numbers.count < size {
      numbers.append(number)
    } else {
      let place = Draw(seed: seed).integer(offered, below: offered + 1)
      if place < size { numbers[place] = number }
    }
    offered += 1
  }

  /// Offers what has come since the last time, up to example `end`.
  public mutating func update(from store: ExampleStore, upTo end: Int) {
    guard end > self.end else { return }
    for number in store.trainingNumbers(in: self.end..<end) { offer(number) }
    self.end = end
  }
}
