/// `Slice`: a run, or every step-th entry, of some axes.
public struct Slice: OperatorDefinition {
  /// Entries `start`, `start + step`, … of an axis, `count` of them.
  public struct Cut: Hashable, Sendable {
    public var axis: Int
    public var start: Int
    /// Symbolic only for a run from the start: the table of positions cut to the length at hand.
    public var count: Dimension
    /// Negative steps go backwards.
    public var step: Int

    public init(axis: Int, start: Int, count: Dimension, step: Int = 1) {
      self.axis = axis
      self.start = start
      self.count = count
      self.step = step
    }
  }

  /// One for each axis that is cut, axes counted from the front.
  public var cuts: [Cut]

  public init(_ cuts: [Cut]) { self.cuts = cuts }

  public var name: String { "Slice" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .allOperands }
  public var linearity: Linearity { .allOperands }
  public var moved: OperandSelection { .all }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { cuts.map(\.count) }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard Set(cuts.map(\.axis)).count == cuts.count else {
      throw ShapeError("axes \(cuts.map(\.axis)) are not all different")
    }
    var dimensions = x.dimensions
    for cut in cuts {
      guard dimensions.indices.contains(cut.axis) else {
        throw ShapeError("axis \(cut.axis) of a tensor with \(x.rank) axes")
      }
      try cut.check(against: x.dimensions[cut.axis])
      dimensions[cut.axis] = cut.count
    }
    return [TensorType(x.elementType, dimensions)]
  }

  /// A run is one of three pieces laid end to end. Two slices of one axis cut the same whole, so
  /// their pieces fall into place.
  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0] else { return [] }
    let cuts = Dictionary(cuts.map { ($0.axis, $0) }, uniquingKeysWith: { first, _ in first })
    return (0..<x.rank).flatMap { axis -> [AxisRelation] in
      guard let cut = cuts[axis] else {
        return [.same(.input(0, axis: axis), .output(0, axis: axis))]
      }
      guard cut.step == 1, let whole = x.dimensions[axis].size, let count = cut.count.size,
        count > 0
      else {
        return [
          .pinned(.input(0, axis: axis), reason: cut.reason),
          .pinned(.output(0, axis: axis), reason: cut.reason),
        ]
      }
      let pieces = [
        (cut.before, cut.start), (.output(0, axis: axis), count),
        (.local("after, axis \(axis)", size: whole - cut.start - count), whole - cut.start - count),
      ]
      return [
        .concatenated(pieces.filter { $0.1 > 0 }.map(\.0), whole: .input(0, axis: axis))
      ]
    }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .slice(
      Slice(
        cuts.map { cut in
          guard cut.step == 1, let count = cut.count.size, count > 0 else { return cut }
          var copy = cut
          if cut.start > 0 { copy.start = newSize(cut.before) }
          copy.count = .fixed(newSize(.output(0, axis: cut.axis)))
          return copy
        }))
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

extension Slice.Cut {
  fileprivate var before: AxisReference { .local("before, axis \(axis)", size: start) }

  fileprivate var reason: String {
    step == 1 ? "a run of \(count) is taken" : "entries \(step) apart are taken"
  }

  fileprivate func check(against whole: Dimension) throws(ShapeError) {
    guard step != 0 else { throw ShapeError("a step of 0 along axis \(axis)") }
    guard let count = count.size else {
      guard start == 0, step == 1 else {
        throw ShapeError("\(count) entries along axis \(axis) can only be the first ones")
      }
      return
    }
    guard count >= 0 else { throw ShapeError("\(count) entries along axis \(axis)") }
    guard count > 0 else { return }
    let span = (count - 1).multipliedReportingOverflow(by: step)
    let last = start.addingReportingOverflow(span.partialValue)
    guard let whole = whole.size, !span.overflow, !last.overflow, (0..<whole).contains(start),
      (0..<whole).contains(last.partialValue)
    else {
      throw ShapeError(
        "\(count) entries from \(start) on in steps of \(step) do not lie within \(whole), axis "
          + "\(axis)")
    }
  }
}
