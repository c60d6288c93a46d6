/// `MaxPool`, `AveragePool` and their global forms, over the spatial axes of (N, C, d…).
public struct Pooling: OperatorDefinition {
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case maximum, average
  }

  public var function: Function
  /// Kernel sizes; nil pools over all there is (`GlobalMaxPool`, `GlobalAveragePool`).
  public var kernel: [Int]?
  public var strides: [Int]
  public var padding: Padding
  public var dilations: [Int]
  /// Counts a last, partly covered window (`ceil_mode`).
  public var roundsUp: Bool
  /// Averages divide by the whole window, padding included.
  public var countsPadding: Bool

  public init(
    _ function: Function, kernel: [Int]?, strides: [Int]? = nil, padding: Padding? = nil,
    dilations: [Int]? = nil, roundsUp: Bool = false, countsPadding: Bool = false
  ) {
    let rank = kernel?.count ?? 0
    self.function = function
    self.kernel = kernel
    self.strides = strides ?? Array(repeating: 1, count: rank)
    self.padding = padding ?? .explicit(Array(repeating: 0, count: 2 * rank))
    self.dilations = dilations ?? Array(repeating: 1, count: rank)
    self.roundsUp = roundsUp
    self.countsPadding = countsPadding
  }

  public var name: String {
    switch (function, kernel) {
    case (.maximum, .some): "MaxPool"
    case (.average, .some): "AveragePool"
    case (.maximum, .none): "GlobalMaxPool"
    case (.average, .none): "GlobalAveragePool"
    }
  }

  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .allOperands }
  public var linearity: Linearity { function == .average ? .allOperands : .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard x.rank >= 3 else { throw ShapeError("the input is \(x); it needs spatial axes") }
    let spatial = Array(x.dimensions.dropFirst(2))
    let pooled: [Dimension]
    if let kernel {
      pooled = try Window(
        kernel: kernel, strides: strides, padding: padding, dilations: dilations,
        roundsUp: roundsUp
      ).outputDimensions(of: spatial)
    } else {
      guard spatial.allSatisfy({ $0 != 0 }) else { throw ShapeError("the input \(x) is empty") }
      pooled = spatial.map { _ in 1 }
    }
    return [TensorType(x.elementType, Array(x.dimensions.prefix(2)) + pooled)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    elementwiseRelations(rank: 2)
      + (2..<outputs[0].rank).flatMap {
        [.extent(.input(0, axis: $0)), AxisRelation.extent(.output(0, axis: $0))]
      }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .pooling(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }

  /// Pads as begins, then ends, for an input of this shape.
  public func explicitPadding(input: Shape) -> [Int] {
    guard let kernel else { return [] }
    return Window(
      kernel: kernel, strides: strides, padding: padding, dilations: dilations,
      roundsUp: roundsUp
    ).explicitPadding(for: Array(input.sizes.dropFirst(2)))
  }
}
