/// `Pad`: entries before and after those of each axis.
public struct Pad: OperatorDefinition {
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// One number everywhere.
    case constant
    /// Mirrored at the first and the last entry, which are not repeated.
    case reflect
    /// The first and the last entry, repeated.
    case edge
    /// From the other end.
    case wrap
  }

  public var mode: Mode
  /// How many entries come before, for every axis, and how many after.
  public var begins: [Int]
  public var ends: [Int]
  /// What ``Mode/constant`` fills in.
  public var value: Double

  public init(_ mode: Mode = .constant, begins: [Int], ends: [Int], value: Double = 0) {
    self.mode = mode
    self.begins = begins
    self.ends = ends
    self.value = value
  }

  /// Entries that are neither zero nor taken from the operand.
  private var fillsWithNumber: Bool { mode == .constant && value != 0 }

  public var name: String { "Pad" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { fillsWithNumber ? .none : .allOperands }
  public var linearity: Linearity { fillsWithNumber ? .none : .allOperands }
  public var moved: OperandSelection { mode == .constant ? .none : .all }
  public var zero: OperandCondition { fillsWithNumber ? .never : .all }
  public var nonNegative: OperandCondition { mode == .constant && value < 0 ? .never : .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard begins.count == x.rank, ends.count == x.rank else {
      throw ShapeError("\(begins.count + ends.count) pads given, \(2 * x.rank) needed")
    }
    var dimensions = x.dimensions
    for axis in dimensions.indices where begins[axis] != 0 || ends[axis] != 0 {
      guard (0..<Int(Int32.max)).contains(begins[axis]), (0..<Int(Int32.max)).contains(ends[axis])
      else {
        throw ShapeError("pads \(begins[axis]) and \(ends[axis]) are not sizes, axis \(axis)")
      }
      guard let size = dimensions[axis].size, size > 0 || mode == .constant else {
        throw ShapeError("axis \(axis) of \(x) cannot be padded")
      }
      dimensions[axis] = .fixed(begins[axis] + size + ends[axis])
    }
    return [TensorType(x.elementType, dimensions)]
  }

  /// Constant entries are units like others, which nothing writes: any number of them is alike.
  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0] else { return [] }
    return (0..<x.rank).flatMap { axis -> [AxisRelation] in
      let input = AxisReference.input(0, axis: axis)
      let output = AxisReference.output(0, axis: axis)
      if begins[axis] == 0, ends[axis] == 0 { return [.same(input, output)] }
      guard mode == .constant, x.dimensions[axis] != 0 else {
        let reason = "its border is continued"
        return [.pinned(input, reason: reason), .pinned(output, reason: reason)]
      }
      let parts =
        (begins[axis] > 0 ? [before(axis)] : []) + [input] + (ends[axis] > 0 ? [after(axis)] : [])
      return [.concatenated(parts, whole: output)]
    }
  }

  private func before(_ axis: Int) -> AxisReference {
    .local("before, axis \(axis)", size: begins[axis])
  }

  private func after(_ axis: Int) -> AxisReference {
    .local("after, axis \(axis)", size: ends[axis])
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    guard mode == .constant else { return .pad(self) }
    var copy = self
    for axis in begins.indices where begins[axis] > 0 { copy.begins[axis] = newSize(before(axis)) }
    for axis in ends.indices where ends[axis] > 0 { copy.ends[axis] = newSize(after(axis)) }
    return .pad(copy)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
