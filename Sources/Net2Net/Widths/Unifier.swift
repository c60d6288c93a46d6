/// Unification of axis layouts: type inference with axes for types.
///
/// Every axis starts as a variable. Two layouts that must be one are made equal: a variable is
/// bound to whatever stands on the other side; products and concatenations are matched from the
/// left, and where their borders differ, the larger piece is cut (a variable of 768 against
/// 12 × 64 becomes 12 × 64; 192 against 64 ++ 96 ++ 32 becomes that), a unit that a border runs
/// through by itself. What cannot be cut fixes everything involved. Nothing is guessed: every cut
/// follows from row-major order.
struct Unifier {
  private var bindings: [AxisLayout?] = []
  private(set) var sizes: [Dimension] = []
  /// Set for good once a layout has too many pieces, or all of them together took too much work.
  /// Nothing that follows is to be used.
  private(set) var isExhausted = false
  /// What is left of the pieces that may be looked at.
  private var allowance = 1 << 23
  /// Of layouts within layouts.
  private var depth = 0
  private static let deepest = 128

  mutating func variable(size: Dimension) -> AxisLayout {
    bindings.append(nil)
    sizes.append(size)
    return AxisLayout(.width(sizes.count - 1))
  }

  /// The layout with every bound variable replaced, down to variables that nothing is known of.
  mutating func resolved(_ layout: AxisLayout) -> AxisLayout {
    guard !isExhausted, layout.widths.contains(where: { bindings[$0] != nil }) else {
      return layout
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { return exhausted(layout) }
    if let variable = layout.soleWidth { return settledBinding(of: variable) }
    var replacements: [Int: AxisLayout] = [:]
    for variable in layout.widths where bindings[variable] != nil {
      replacements[variable] = settledBinding(of: variable)
    }
    guard let substituted = layout.substituting({ replacements[$0] }) else {
      return exhausted(layout)
    }
    spend(substituted.segments.reduce(0) { $0 + $1.count })
    return substituted
  }

  private mutating func exhausted(_ layout: AxisLayout) -> AxisLayout {
    isExhausted = true
    return layout
  }

  private mutating func spend(_ pieces: Int) {
    allowance -= pieces
    if allowance < 0 { isExhausted = true }
  }

  /// Follows a chain of variables to its end and lets all of them point there, so that no chain is
  /// walked twice.
  private mutating func settledBinding(of variable: Int) -> AxisLayout {
    var chain: [Int] = []
    var last = variable
    while let next = bindings[last]?.soleWidth {
      chain.append(last)
      last = next
    }
    var layout = AxisLayout(.width(last))
    if let binding = bindings[last] {
      layout = resolved(binding)
      chain.append(last)
    }
    for link in chain { bindings[link] = layout }
    return layout
  }

  func isBound(_ variable: Int) -> Bool { bindings[variable] != nil }

  mutating func binding(of variable: Int) -> AxisLayout? {
    bindings[variable].map { resolved($0) }
  }

  /// Makes two layouts one.
  ///
  /// - Returns: nil, or the layouts that could not be matched and must not grow.
  mutating func unify(_ left: AxisLayout, _ right: AxisLayout) -> [AxisLayout]? {
    let left = resolved(left)
    let right = resolved(right)
    if left == right { return nil }
    if let a = left.soleWidth, let b = right.soleWidth {
      // The younger one goes: most axes then point at a parameter's, in one step.
      return bind(max(a, b), to: a < b ? left : right) ? nil : [left, right]
    }
    if let variable = left.soleWidth, bind(variable, to: right) { return nil }
    if let variable = right.soleWidth, bind(variable, to: left) { return nil }
    guard left.segments.count == 1, right.segments.count == 1 else {
      return unifySegments(left, right)
    }
    return unifyProducts(left.segments[0], right.segments[0])
  }

  private mutating func bind(_ variable: Int, to layout: AxisLayout) -> Bool {
    guard !layout.widths.contains(variable) else { return false }
    bindings[variable] = layout
    return true
  }

  /// Nil where the product exceeds `Int`.
  private func size(of segment: AxisLayout.Segment) -> Dimension? {
    Dimension.product(
      of: segment.map { factor in
        switch factor {
        case .width(let width): sizes[width]
        case .constant(let size): .fixed(size)
        case .symbol(let name): .symbolic(name)
        }
      })
  }

  /// Matches segment by segment from the front, cutting the longer one where borders differ.
  private mutating func unifySegments(_ left: AxisLayout, _ right: AxisLayout) -> [AxisLayout]? {
    var (a, b) = (left.segments[...], right.segments[...])
    var failed: [AxisLayout] = []
    while !isExhausted {
      spend(1 + min(a.count, b.count))
      resolveFirst(of: &a)
      resolveFirst(of: &b)
      guard let first = a.first, let other = b.first else { break }
      let (sizeA, sizeB) = (size(of: first), size(of: other))
      if sizeA == sizeB {
        failed += unify(AxisLayout([first]), AxisLayout([other])) ?? []
        a.removeFirst()
        b.removeFirst()
        continue
      }
      guard let sizeA = sizeA?.size, let sizeB = sizeB?.size,
        let pieces = sizeA > sizeB ? cut(first, at: sizeB) : cut(other, at: sizeA)
      else { return failed + [AxisLayout(Array(a)), AxisLayout(Array(b))] }
      if sizeA > sizeB {
        a = (pieces + a.dropFirst())[...]
      } else {
        b = (pieces + b.dropFirst())[...]
      }
    }
    if !a.isEmpty || !b.isEmpty { failed += [AxisLayout(Array(a)), AxisLayout(Array(b))] }
    return failed.isEmpty ? nil : failed
  }

  /// What earlier segments taught may have cut this one already.
  private mutating func resolveFirst(of segments: inout ArraySlice<AxisLayout.Segment>) {
    guard let first = segments.first else { return }
    let resolved = resolved(AxisLayout([first])).segments
    if resolved != [first] { segments = (resolved + segments.dropFirst())[...] }
  }

  /// Cuts a product of known size behind `size` elements. A border within a unit of the outermost
  /// factor leaves that unit by itself, for the next cut to divide: 29 × 4 at 58 is
  /// 14 × 4 ++ 4 ++ 14 × 4, of which the 4 in the middle is cut in two.
  private mutating func cut(_ segment: AxisLayout.Segment, at size: Int) -> [AxisLayout.Segment]? {
    let inner = Array(segment.dropFirst())
    guard let innerSize = self.size(of: inner)?.size, innerSize > 0, size > 0,
      let whole = self.size(of: [segment[0]])?.size
    else { return nil }
    let (before, remainder) = size.quotientAndRemainder(dividingBy: innerSize)
    let divided = remainder == 0 ? 0 : 1
    let counts = [before, divided, whole - before - divided].filter { $0 != 0 }
    let pieces: [AxisLayout.Segment]
    switch segment[0] {
    case .symbol:
      return nil
    case .constant:
      pieces = counts.map { [.constant($0)] }
    case .width(let width):
      guard !inner.contains(.width(width)) else { return nil }
      pieces = counts.flatMap { piece($0).segments }
      bindings[width] = AxisLayout(pieces).simplified
    }
    return pieces.map { $0 == [.constant(1)] && !inner.isEmpty ? inner : $0 + inner }
  }

  /// One of something is no width: the two halves of a channel shuffle are a constant 2.
  private mutating func piece(_ size: Int) -> AxisLayout {
    size == 1 ? AxisLayout(.constant(1)) : variable(size: .fixed(size))
  }

  /// Matches two products from the outermost factor inwards.
  private mutating func unifyProducts(
    _ left: AxisLayout.Segment, _ right: AxisLayout.Segment
  ) -> [AxisLayout]? {
    let failure = [AxisLayout([left]), AxisLayout([right])]
    var a = left[...]
    var b = right[...]
    while !isExhausted, let f = a.first, let g = b.first {
      spend(1)
      if f == g {
        a.removeFirst()
        b.removeFirst()
        continue
      }
      guard let sizeF = size(of: [f]), let sizeG = size(of: [g]) else { return failure }
      if a.count == 1, case .width(let variable) = f, size(of: Array(b)) == sizeF {
        return bind(variable, to: AxisLayout([Array(b)])) ? nil : failure
      }
      if b.count == 1, case .width(let variable) = g, size(of: Array(a)) == sizeG {
        return bind(variable, to: AxisLayout([Array(a)])) ? nil : failure
      }
      if sizeF != sizeG, dropOne(f) {
        a.removeFirst()
      } else if sizeF != sizeG, dropOne(g) {
        b.removeFirst()
      } else if sizeF == sizeG {
        guard equate(f, g) else { return failure }
        a.removeFirst()
        b.removeFirst()
      } else if let rest = sizeF.quotient(by: sizeG), let factors = divide(f, sizeG, rest) {
        a = (factors + a.dropFirst())[...]
      } else if let rest = sizeG.quotient(by: sizeF), let factors = divide(g, sizeF, rest) {
        b = (factors + b.dropFirst())[...]
      } else {
        return failure
      }
    }
    // What is left over has one element and must keep it.
    let rest = a.isEmpty ? b : a
    return rest.isEmpty ? nil : [AxisLayout([Array(rest)])]
  }

  private mutating func equate(_ f: AxisLayout.Factor, _ g: AxisLayout.Factor) -> Bool {
    switch (f, g) {
    case (.width(let variable), _): bind(variable, to: AxisLayout(g))
    case (_, .width(let variable)): bind(variable, to: AxisLayout(f))
    case (.symbol, _), (.constant, _): false
    }
  }

  /// A factor of size 1 beside a larger one says nothing of it, and is no width.
  private mutating func dropOne(_ factor: AxisLayout.Factor) -> Bool {
    switch factor {
    case .constant(let size): size == 1
    case .width(let width):
      sizes[width] == 1 && bind(width, to: AxisLayout(.constant(1)))
    case .symbol: false
    }
  }

  /// A factor as `outer × rest`.
  private mutating func divide(
    _ factor: AxisLayout.Factor, _ outer: Dimension, _ rest: Dimension
  ) -> AxisLayout.Segment? {
    switch factor {
    case .symbol:
      return nil
    case .constant:
      guard let outer = outer.size, let rest = rest.size else { return nil }
      return [.constant(outer), .constant(rest)]
    case .width(let width):
      let factors = variable(size: outer).segments[0] + variable(size: rest).segments[0]
      bindings[width] = AxisLayout([factors])
      return factors
    }
  }

  /// Settles what is left of sizes known only at run time: they are no widths.
  mutating func bindSymbols() {
    for variable in bindings.indices where bindings[variable] == nil {
      guard sizes[variable].size == nil else { continue }
      bindings[variable] = AxisLayout(.symbol(sizes[variable].description))
    }
  }
}
