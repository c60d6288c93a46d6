/// `ReduceMean` and its family over `axes` (all when empty).
public struct Reduction: OperatorDefinition {
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case mean = "ReduceMean"
    case sum = "ReduceSum"
    case maximum = "ReduceMax"
    case minimum = "ReduceMin"
    case product = "ReduceProd"
    /// Σ|x|
    case l1 = "ReduceL1"
    /// √Σx²
    case l2 = "ReduceL2"
    case sumOfSquares = "ReduceSumSquare"
    /// log Σx
    case logSum = "ReduceLogSum"
    /// log Σeˣ
    case logSumExp = "ReduceLogSumExp"
  }

  public var function: Function
  public var axes: [Int]
  public var keepsAxes: Bool

  public init(_ function: Function = .mean, axes: [Int], keepsAxes: Bool) {
    self.function = function
    self.axes = axes
    self.keepsAxes = keepsAxes
  }

  public var name: String { function.rawValue }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }

  /// Counted from the front.
  public func reducedAxes(rank: Int) -> [Int] {
    axes.isEmpty ? Array(0..<rank) : axes.compactMap { countedFromFront($0, of: rank) }
  }

  public var scaling: Scaling {
    switch function {
    case .mean, .sum, .maximum, .minimum, .l1, .l2: .allOperands
    case .product, .sumOfSquares, .logSum, .logSumExp: .none
    }
  }
  public var linearity: Linearity {
    switch function {
    case .mean, .sum: .allOperands
    case .maximum, .minimum, .product, .l1, .l2, .sumOfSquares, .logSum, .logSumExp: .none
    }
  }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition {
    switch function {
    case .mean, .sum, .maximum, .minimum, .product, .l1, .l2, .sumOfSquares: .all
    case .logSum, .logSumExp: .never
    }
  }
  public var nonNegative: OperandCondition {
    switch function {
    case .l1, .l2, .sumOfSquares: .always
    case .mean, .sum, .maximum, .minimum, .product: .all
    case .logSum, .logSumExp: .never
    }
  }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    for axis in axes { _ = try Operands.axis(axis, rank: x.rank) }
    let reduced = reducedAxes(rank: x.rank)
    let dimensions = x.dimensions.indices.compactMap { axis -> Dimension? in
      guard reduced.contains(axis) else { return x.dimensions[axis] }
      return keepsAxes ? 1 : nil
    }
    return [TensorType(x.elementType, dimensions)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0] else { return [] }
    let reduced = reducedAxes(rank: x.rank)
    var relations: [AxisRelation] = []
    var output = 0
    for axis in 0..<x.rank {
      if reduced.contains(axis) {
        relations.append(function.relation(to: .input(0, axis: axis)))
        if keepsAxes { relations.append(.extent(.output(0, axis: output))) }
      } else {
        relations.append(.same(.input(0, axis: axis), .output(0, axis: output)))
      }
      if keepsAxes || !reduced.contains(axis) { output += 1 }
    }
    return relations
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .reduction(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

extension Reduction.Function {
  /// Equal numbers of copies leave a mean and an extreme as they were; sums count every copy,
  /// and only sums of squares have copies that make up for it.
  fileprivate func relation(to axis: AxisReference) -> AxisRelation {
    switch self {
    case .mean: .statistic(axis, .mean("mean"))
    case .maximum: .statistic(axis, .mean("maximum"))
    case .minimum: .statistic(axis, .mean("minimum"))
    case .l2, .sumOfSquares: .statistic(axis, .sumOfSquares("sum of squares"))
    case .sum, .l1, .logSum, .logSumExp:
      .pinned(axis, reason: "every copy would count in the sum")
    case .product: .pinned(axis, reason: "every copy would count in the product")
    }
  }
}

/// `Softmax` and `LogSoftmax` along one axis.
public struct Softmax: OperatorDefinition {
  public var axis: Int
  public var isLogarithmic: Bool

  public init(axis: Int = -1, isLogarithmic: Bool = false) {
    self.axis = axis
    self.isLogarithmic = isLogarithmic
  }

  public var name: String { isLogarithmic ? "LogSoftmax" : "Softmax" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .never }
  public var nonNegative: OperandCondition { isLogarithmic ? .never : .always }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    _ = try Operands.axis(axis, rank: x.rank)
    return [x]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    guard let normalized = countedFromFront(axis, of: rank) else { return [] }
    return elementwiseRelations(rank: rank) + [
      .pinned(.output(0, axis: normalized), reason: "probabilities over it would be shared")
    ]
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .softmax(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
