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

  /// The size of the axis for given sizes of the widths; a symbol counts as 1.
  public func size(_ widthSize: (Int) -> Int) -> Int {
    segments.reduce(0) { $0 + Self.size(of: $1, widthSize) }
  }

  static func size(of segment: Segment, _ widthSize: (Int) -> Int) -> Int {
    segment.reduce(1) { product, factor in
      switch factor {
      case .width(let width): product * widthSize(width)
      case .constant(let size): product * size
      case .symbol: product
      }
    }
  }

  /// Each width replaced by what `layout` gives for it, multiplied out.
  func substituting(_ layout: (Int) -> AxisLayout?) -> AxisLayout {
    AxisLayout(segments.flatMap { Self.multipliedOut($0, layout) }).simplified
  }

  /// `[A ++ B] × 49` is `[A × 49] ++ [B × 49]`; `2 × [A ++ B]` is `A ++ B ++ A ++ B`. A run-time
  /// or width number of repetitions of a concatenation has no such form and is left to the
  /// caller as the variable it was.
  private static func multipliedOut(_ segment: Segment, _ layout: (Int) -> AxisLayout?) -> [Segment]
  {
    var products: [Segment] = [[]]
    for factor in segment {
      guard case .width(let width) = factor, let replacement = layout(width) else {
        products = products.map { $0 + [factor] }
        continue
      }
      if replacement.segments.count == 1 {
        products = products.map { $0 + replacement.segments[0] }
      } else {
        products = products.flatMap { outer -> [Segment] in
          guard let repetitions = constantProduct(outer) else { return [outer + [factor]] }
          return (0..<repetitions).flatMap { _ in replacement.segments }
        }
      }
    }
    return products
  }

  private static func constantProduct(_ segment: Segment) -> Int? {
    var product = 1
    for factor in segment {
      guard case .constant(let size) = factor else { return nil }
      product *= size
    }
    return product
  }

  /// Neighbouring constants multiplied or added up, factors of 1 left out.
  var simplified: AxisLayout {
    var segments: [Segment] = []
    for segment in self.segments {
      let merged = Self.merged(segment)
      if case .constant(let size)? = merged.first, merged.count == 1,
        case .constant(let before)? = segments.last?.first, segments.last?.count == 1
      {
        segments[segments.count - 1] = [.constant(before + size)]
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
          merged[merged.count - 1] = .constant(before * size)
          continue
        }
      }
      merged.append(factor)
    }
    return merged.isEmpty ? [.constant(1)] : merged
  }
}
