/// How the indices of one axis are made up of widths: segments laid end to end, each a product
/// of factors, the outermost first.
///
/// `[C]` · `[C × 49]` (flattened channels) · `[A] ++ [B] ++ [C]` (joined branches) ·
/// `[3 × H × D]` (fused queries, keys and values).
public struct AxisLayout: Hashable, Sendable {
  public enum Factor: Hashable, Sendable {
    /// Index into ``Widths/all``, or a variable during inference.
    case width(Int)
    /// A number that is no width: places in an image, a window.
    case constant(Int)
    /// A size known only at run time.
    case symbol(String)
  }

  public typealias Segment = [Factor]

  public var segments: [Segment]

  init(_ segments: [Segment]) { self.segments = segments }

  init(_ factor: Factor) { segments = [[factor]] }

  /// The axis's one width, when nothing else makes it up.
  public var soleWidth: Int? {
    guard segments.count == 1, segments[0].count == 1, case .width(let width) = segments[0][0]
    else { return nil }
    return width
  }

  /// All widths, in order, those that occur twice listed twice.
  public var widths: [Int] {
    segments.flatMap { segment in
      segment.compactMap { if case .width(let width) = $0 { width } else { nil } }
    }
  }

  /// The size of the axis for given sizes of the widths; a symbol counts as 1. `Int.max` for more.
  public func size(_ widthSize: (Int) -> Int) -> Int {
    segments.reduce(0) { sum, segment in
      let (next, overflow) = sum.addingReportingOverflow(Self.size(of: segment, widthSize))
      return overflow ? .max : next
    }
  }

  static func size(of segment: Segment, _ widthSize: (Int) -> Int) -> Int {
    Shape(
      segment.map { factor in
        switch factor {
        case .width(let width): widthSize(width)
        case .constant(let size): size
        case .symbol: 1
        }
      }
    ).elementCount
  }

  /// The most segments, and factors of a segment, that are followed: an axis joined from itself
  /// again and again has twice as many each time.
  static let mostPieces = 4096

  /// Each width replaced by what `layout` gives for it, multiplied out; nil for more pieces than
  /// ``mostPieces``.
  func substituting(_ layout: (Int) -> AxisLayout?) -> AxisLayout? {
    var substituted: [Segment] = []
    for segment in segments {
      guard let products = Self.multipliedOut(segment, layout) else { return nil }
      substituted += products
      guard substituted.count <= Self.mostPieces else { return nil }
    }
    return AxisLayout(substituted).simplified
  }

  /// `[A ++ B] × 49` is `[A × 49] ++ [B × 49]`; `2 × [A ++ B]` is `A ++ B ++ A ++ B`. A run-time
  /// or width number of repetitions of a concatenation, or a very large one, has no such form and
  /// is left to the caller as the variable it was.
  private static func multipliedOut(
    _ segment: Segment, _ layout: (Int) -> AxisLayout?
  ) -> [Segment]? {
    var products: [Segment] = [[]]
    for factor in segment {
      guard case .width(let width) = factor, let replacement = layout(width) else {
        products = products.map { $0 + [factor] }
        continue
      }
      var extended: [Segment] = []
      for outer in products {
        extended += repeated(replacement, outer, or: factor)
        guard extended.count <= mostPieces else { return nil }
      }
      products = extended
      guard products.allSatisfy({ $0.count <= mostPieces }) else { return nil }
    }
    return products
  }

  /// `outer` times `layout`; times `factor`, which stands for it, where that has no form.
  private static func repeated(
    _ layout: AxisLayout, _ outer: Segment, or factor: Factor
  ) -> [Segment] {
    guard layout.segments.count != 1 else { return [outer + layout.segments[0]] }
    let repetitions = size(of: outer) { _ in 1 }
    guard outer.allSatisfy(\.isConstant),
      repetitions == 1 || repetitions <= mostPieces / max(layout.segments.count, 1)
    else { return [outer + [factor]] }
    return (0..<repetitions).flatMap { _ in layout.segments }
  }

  /// Neighbouring constants multiplied or added up, factors of 1 left out.
  var simplified: AxisLayout {
    var segments: [Segment] = []
    for segment in self.segments {
      let merged = Self.merged(segment)
      if case .constant(let size)? = merged.first, merged.count == 1,
        case .constant(let before)? = segments.last?.first, segments.last?.count == 1
      {
        let (sum, overflow) = before.addingReportingOverflow(size)
        segments[segments.count - 1] = [.constant(overflow ? .max : sum)]
      } else {
        segments.append(merged)
      }
    }
    return AxisLayout(segments)
  }

  private static func merged(_ segment: Segment) -> Segment {
    var merged: Segment = []
    for factor in segment {
      if case .constant(let size) = factor {
        if size == 1 { continue }
        if case .constant(let before)? = merged.last {
          merged[merged.count - 1] = .constant(Shape([before, size]).elementCount)
          continue
        }
      }
      merged.append(factor)
    }
    return merged.isEmpty ? [.constant(1)] : merged
  }
}

extension AxisLayout.Factor {
  fileprivate var isConstant: Bool { if case .constant = self { true } else { false } }
}
