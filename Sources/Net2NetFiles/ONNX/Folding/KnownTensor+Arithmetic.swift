internal import Foundation
internal import Net2Net

/// What is computed element by element, as ONNX defines it.
extension KnownTensor {
  enum BinaryFunction: String {
    case add = "Add"
    case subtract = "Sub"
    case multiply = "Mul"
    case divide = "Div"
    case modulo = "Mod"
    case power = "Pow"
    case minimum = "Min"
    case maximum = "Max"
  }

  enum Relation: String {
    case equal = "Equal"
    case less = "Less"
    case lessOrEqual = "LessOrEqual"
    case greater = "Greater"
    case greaterOrEqual = "GreaterOrEqual"
    case and = "And"
    case or = "Or"
    case xor = "Xor"
  }

  enum UnaryFunction: String {
    case negate = "Neg"
    case absolute = "Abs"
    case not = "Not"
    case squareRoot = "Sqrt"
    case reciprocal = "Reciprocal"
    case logarithm = "Log"
    case exponential = "Exp"
    case floor = "Floor"
    case ceiling = "Ceil"
  }

  /// Operands repeated to one shape.
  private static func aligned(_ operands: [KnownTensor]) -> [KnownTensor]? {
    var shape = Shape([])
    for operand in operands {
      guard let joint = shape.broadcast(with: operand.shape) else { return nil }
      shape = joint
    }
    guard follows(shape) else { return nil }
    let repeated = operands.compactMap { $0.repeated(to: shape) }
    return repeated.count == operands.count ? repeated : nil
  }

  static func combined(
    _ function: BinaryFunction, _ left: KnownTensor, _ right: KnownTensor
  ) -> KnownTensor? {
    // A power's exponent may have another type; its result has the base's.
    guard left.elementType == right.elementType || function == .power,
      left.elementType != .bool, let operands = aligned([left, right])
    else { return nil }
    let (a, b) = (operands[0], operands[1])
    let elements: Elements?
    switch (a.elements, b.elements) {
    case (.integers(let a), .integers(let b)):
      elements = allOrNone(zip(a, b)) { function.applied(to: $0, $1) }.map { .integers($0) }
    case (.reals(let a), .reals(let b)):
      elements = allOrNone(zip(a, b)) { function.applied(to: $0, $1) }.map { .reals($0) }
    default:
      guard let x = a.sizes, let y = b.sizes else { return nil }
      let isExact = a.elementType.isFloatingPoint
      elements = allOrNone(zip(x, y)) { function.applied(to: $0, $1, isExact: isExact) }
        .map { .sizes($0) }
    }
    return elements.flatMap { KnownTensor(left.elementType, a.shape, $0) }
  }

  static func compared(
    _ relation: Relation, _ left: KnownTensor, _ right: KnownTensor
  ) -> KnownTensor? {
    guard left.elementType == right.elementType, let operands = aligned([left, right]) else {
      return nil
    }
    let truths: [Bool]?
    switch (operands[0].elements, operands[1].elements) {
    case (.integers(let a), .integers(let b)):
      truths = zip(a, b).map { relation.holds($0, $1) }
    case (.reals(let a), .reals(let b)):
      truths = relation.isLogical ? nil : zip(a, b).map { relation.orders($0, $1) }
    default:
      guard let a = operands[0].sizes, let b = operands[1].sizes else { return nil }
      truths = allOrNone(zip(a, b)) { relation.holds($0, $1) }
    }
    return truths.flatMap {
      KnownTensor(.bool, operands[0].shape, .integers($0.map { $0 ? 1 : 0 }))
    }
  }

  /// `Where`: elements of one operand or the other.
  static func selected(
    _ condition: KnownTensor, _ yes: KnownTensor, _ no: KnownTensor
  ) -> KnownTensor? {
    guard condition.elementType == .bool, yes.elementType == no.elementType,
      let operands = aligned([condition, yes, no]), let truths = operands[0].integers,
      let all = Elements(joining: [operands[1].elements, operands[2].elements])
    else { return nil }
    let indices = truths.enumerated().map { $1 == 1 ? $0 : $0 + truths.count }
    return KnownTensor(yes.elementType, operands[0].shape, all.picked(indices))
  }

  func mapped(_ function: UnaryFunction) -> KnownTensor? {
    switch elements {
    case .integers(let integers):
      return Self.allOrNone(integers) { function.applied(to: $0, elementType) }
        .flatMap { KnownTensor(elementType, shape, .integers($0)) }
    case .reals(let reals):
      return Self.allOrNone(reals, function.applied)
        .flatMap { KnownTensor(elementType, shape, .reals($0)) }
    case .sizes: return function == .floor || function == .ceiling ? self : nil
    }
  }

  func cast(to type: ElementType) -> KnownTensor? {
    switch elements {
    case .sizes: return KnownTensor(type, shape, elements)
    case .integers(let integers) where type == .bool:
      return KnownTensor(type, shape, .integers(integers.map { $0 == 0 ? 0 : 1 }))
    case .integers(let integers) where type.isFloatingPoint:
      return KnownTensor(type, shape, .reals(integers.map { Double($0) }))
    case .integers: return KnownTensor(type, shape, elements)
    case .reals where type.isFloatingPoint: return KnownTensor(type, shape, elements)
    case .reals(let reals) where type == .bool:
      return KnownTensor(type, shape, .integers(reals.map { $0 == 0 ? 0 : 1 }))
    case .reals(let reals):
      return Self.allOrNone(reals) { Int(exactly: $0.rounded(.towardZero)) }
        .flatMap { KnownTensor(type, shape, .integers($0)) }
    }
  }

  /// `start`, `start + step`, … before `limit`.
  static func range(
    from start: KnownTensor, to limit: KnownTensor, by step: KnownTensor
  ) -> KnownTensor? {
    let bounds = [start, limit, step].compactMap { $0.isScalar ? $0.integers?.first : nil }
    guard bounds.count == 3, bounds[2] != 0,
      bounds.allSatisfy((-maximumSize...maximumSize).contains)
    else { return nil }
    let count = (bounds[1] - bounds[0]) / bounds[2]
    guard count <= largestCount else { return nil }
    let values = Array(stride(from: bounds[0], to: bounds[1], by: bounds[2]))
    return KnownTensor(start.elementType, [values.count], .integers(values))
  }

  private static func allOrNone<S: Sequence, Result>(
    _ elements: S, _ compute: (S.Element) -> Result?
  ) -> [Result]? {
    var results: [Result] = []
    results.reserveCapacity(elements.underestimatedCount)
    for element in elements {
      guard let result = compute(element) else { return nil }
      results.append(result)
    }
    return results
  }
}

extension KnownTensor.BinaryFunction {
  /// Nil on overflow and for a division by zero.
  fileprivate func applied(to a: Int, _ b: Int) -> Int? {
    let (value, overflow) =
      switch self {
      case .add: a.addingReportingOverflow(b)
      case .subtract: a.subtractingReportingOverflow(b)
      case .multiply: a.multipliedReportingOverflow(by: b)
      case .divide: a.dividedReportingOverflow(by: b)
      case .modulo: Self.modulo(a, b)
      case .minimum: (min(a, b), false)
      case .maximum: (max(a, b), false)
      case .power: (0, true)  // Nobody raises sizes to powers.
      }
    return overflow ? nil : value
  }

  /// With the divisor's sign.
  private static func modulo(_ a: Int, _ b: Int) -> (Int, Bool) {
    let (rest, overflow) = a.remainderReportingOverflow(dividingBy: b)
    guard !overflow else { return (0, true) }
    return (rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest, false)
  }

  fileprivate func applied(to a: Double, _ b: Double) -> Double? {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: pow(a, b)
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    case .modulo: nil
    }
  }

  /// - Parameter isExact: true where a quotient is not rounded.
  fileprivate func applied(to a: Net2Net.Dimension, _ b: Net2Net.Dimension, isExact: Bool)
    -> Net2Net.Dimension?
  {
    if let a = a.size, let b = b.size {
      let isRounded =
        self == .divide && b != 0 && a.remainderReportingOverflow(dividingBy: b).partialValue != 0
      guard !(isExact && isRounded) else { return nil }
      return applied(to: a, b).map { .fixed($0) }
    }
    switch (self, a.size, b.size) {
    case (.add, _, 0), (.subtract, _, 0): return a
    case (.add, 0, _): return b
    case (.multiply, _, _): return Net2Net.Dimension.product(of: [a, b])
    case (.divide, _, _):
      if let quotient = a.quotient(by: b) { return quotient }
      return isExact ? nil : .symbolic("(\(a)/\(b))")
    case (.add, _, _): return .symbolic("(\(a)+\(b))")
    case (.subtract, _, _): return a == b ? 0 : .symbolic("(\(a)-\(b))")
    case (.modulo, _, _), (.power, _, _), (.minimum, _, _), (.maximum, _, _): return nil
    }
  }
}

extension KnownTensor.Relation {
  fileprivate var isLogical: Bool { self == .and || self == .or || self == .xor }

  fileprivate func holds(_ a: Int, _ b: Int) -> Bool {
    switch self {
    case .and: a == 1 && b == 1
    case .or: a == 1 || b == 1
    case .xor: a != b
    case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual: orders(a, b)
    }
  }

  fileprivate func orders<Value: Comparable>(_ a: Value, _ b: Value) -> Bool {
    switch self {
    case .equal: a == b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    case .and, .or, .xor: false
    }
  }

  /// Sizes are never negative; more is not known of one that has a name.
  fileprivate func holds(_ a: Net2Net.Dimension, _ b: Net2Net.Dimension) -> Bool? {
    if let a = a.size, let b = b.size { return holds(a, b) }
    if let a = a.size, a < 0 { return self == .less || self == .lessOrEqual }
    if let b = b.size, b < 0 { return self == .greater || self == .greaterOrEqual }
    guard a == b else { return nil }
    return self == .equal || self == .lessOrEqual || self == .greaterOrEqual
  }
}

extension KnownTensor.UnaryFunction {
  fileprivate func applied(to value: Int, _ type: ElementType) -> Int? {
    switch self {
    case .not: type == .bool ? 1 - value : nil
    case .negate: value == .min ? nil : -value
    case .absolute: value == .min ? nil : abs(value)
    default: nil
    }
  }

  fileprivate func applied(to value: Double) -> Double? {
    switch self {
    case .negate: -value
    case .absolute: abs(value)
    case .squareRoot: value.squareRoot()
    case .reciprocal: 1 / value
    case .logarithm: log(value)
    case .exponential: exp(value)
    case .floor: value.rounded(.down)
    case .ceiling: value.rounded(.up)
    case .not: nil
    }
  }
}
