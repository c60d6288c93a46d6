@testable import Net2Net
import Testing

/// A chain of rewrites is evaluated as one, and gives what one tensor after another gives.
@Suite struct RewriteChainTests {
  /// Which kinds of entries a chain has.
  enum Entries: String, CaseIterable {
    case copies, noise, fresh, means
  }

  private static let floatingTypes = ElementType.allCases.filter(\.isFloatingPoint)

  private func drawn(_ type: ElementType, _ shape: Shape) -> Tensor {
    let draw = Draw(seed: 4)
    return Tensor(elementType: type, shape: shape) { draw.normal($0) }
  }

  /// Both axes a third longer, by copies whose shares are no powers of two.
  private func rewrite(_ shape: Shape, _ entries: Entries, seed: UInt64) -> Rewrite {
    let axes = [(0, AxisRole.writer), (shape.rank - 1, .reader)].map { axis, role in
      let old = shape[axis]
      let added = old / 3
      let kept = (0..<old).map { index in
        let hasCopy = index < added && role == .reader && entries != .fresh
        return Rewrite.Entry(source: index, coefficient: hasCopy ? 0.3 : 1, drawKey: index)
      }
      let new = (0..<added).map { index in
        switch entries {
        case .means where role == .writer:
          Rewrite.Entry(averaging: [0, old - 1, index], drawKey: old + index)
        case .fresh: Rewrite.Entry(source: nil, coefficient: 0.7, drawKey: old + index / 2)
        case .copies, .noise, .means:
          Rewrite.Entry(
            source: index, coefficient: role == .reader ? 0.7 : 1, drawKey: old + index,
            isLaterCopy: true)
        }
      }
      return Rewrite.Axis(axis: axis, role: role, entries: kept + new)
    }
    let noise: [Rewrite.Noise] = [
      .centred(axis: axes[1].axis, scale: 0.5), .onLaterCopies(axis: 0, scale: 0.1),
      .centred(axis: 0, scale: 0.5),
    ]
    return Rewrite(
      axes: axes, noise: entries == .noise ? noise[Int(seed) % 3] : nil,
      fresh: .likeOld(fallback: 1), draw: Draw(seed: seed))
  }

  private func chain(_ kinds: [Entries], on shape: Shape) -> [Rewrite] {
    var shape = shape
    return kinds.enumerated().map { index, kind in
      let rewrite = rewrite(shape, kind, seed: UInt64(index))
      shape = rewrite.outputShape(from: shape)
      return rewrite
    }
  }

  private static let chains: [[Entries]] =
    Entries.allCases.flatMap { first in Entries.allCases.map { [first, $0] } }
    + [
      [.noise, .noise, .noise, .copies, .fresh, .noise], [.fresh, .copies, .noise, .means, .noise],
    ]

  @Test(arguments: chains, [Shape([7, 11]), [5, 3, 6], [6, 9, 2, 2]])
  func aChainGivesWhatOneAfterAnotherGives(kinds: [Entries], shape: Shape) {
    for type in Self.floatingTypes {
      let old = drawn(type, shape)
      let rewrites = chain(kinds, on: shape)
      var expected = old
      for rewrite in rewrites {
        expected = Rewrite.evaluated([rewrite], on: expected, as: .float64)
      }
      let found = Rewrite.evaluated(rewrites, on: old, as: .float64)
      #expect(found.shape == expected.shape)
      #expect(found.doubles() == expected.doubles(), "\(type)")
      #expect(
        Rewrite.evaluated(rewrites, on: old, as: type).doubles()
          == expected.converted(to: type).doubles(), "rounded to \(type)")
    }
  }

  /// Larger than a piece, so that several threads and long runs take part.
  @Test func longRowsGiveTheSame() {
    let old = drawn(.bfloat16, [40, 3001])
    let rewrites = chain([.noise, .copies, .fresh, .noise], on: old.shape)
    var expected = old
    for rewrite in rewrites {
      expected = Rewrite.evaluated([rewrite], on: expected, as: .float64)
    }
    let found = Rewrite.evaluated(rewrites, on: old, as: .float64)
    #expect(found.elementCount > 1 << 18)
    // Counted: a report of how two long arrays differ takes minutes.
    let different = zip(found.doubles(), expected.doubles()).count { $0 != $1 }
    #expect(different == 0)
  }

  /// Every piece of a grown 16-bit parameter, without the whole of it.
  @Test(arguments: floatingTypes)
  func piecesOfAChainAreThoseOfTheTensor(type: ElementType) {
    let shape = Shape([40, 301])
    var parameter = Parameter(name: "p", tensor: drawn(type, shape))
    for rewrite in chain([.noise, .fresh, .copies, .noise], on: shape) {
      parameter = parameter.rewritten(by: rewrite)
    }
    let pieces = ParameterPieces(of: parameter)
    let bytes = pieces.pieces.flatMap { piece in pieces.withBytes(of: piece) { Array($0) } }
    #expect(parameter.preparedRewrite() != nil)
    let whole = parameter.tensor().withUnsafeBytes { Array($0) }
    #expect(bytes.count == whole.count && bytes.elementsEqual(whole))
  }

  @Test func whatAGrowthComputesIsRoundedOnce() {
    let old = Tensor(elementType: .bfloat16, shape: [1], repeating: 1)
    let grown = Rewrite.evaluated(
      [
        Rewrite(
          axes: [
            Rewrite.Axis(
              axis: 0, role: .writer,
              entries: [Rewrite.Entry(source: 0, coefficient: 1 + 0x1p-8 + 0x1p-40)])
          ], draw: Draw(seed: 0))
      ], on: old, as: .bfloat16)
    #expect(grown.doubles() == [1.0078125])
  }
}
