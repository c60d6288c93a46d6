/// What a node computes. The set is closed: an operator that is not listed is kept as
/// ``opaque`` and goes through unchanged. Semantics are ONNX's, opset 20.
public enum Operator: Hashable, Sendable {
  case convolution(Convolution)
  case batchNormalization(BatchNormalization)
  case layerNormalization(LayerNormalization)
  case instanceNormalization(InstanceNormalization)
  case groupNormalization(GroupNormalization)
  case rmsNormalization(RMSNormalization)
  case dense(Dense)
  case matrixProduct(MatrixProduct)
  case einsum(Einsum)
  case activation(Activation)
  case parametricRelu(ParametricRelu)
  case elementwise(Elementwise)
  case modulo(Modulo)
  case combination(Combination)
  case pooling(Pooling)
  case reduction(Reduction)
  case softmax(Softmax)
  case dropout(Dropout)
  case concatenation(Concatenation)
  case split(Split)
  case flatten(Flatten)
  case reshape(Reshape)
  case transposition(Transposition)
  case identity(Identity)
  case gather(Gather)
  case gatherElements(GatherElements)
  case gatherND(GatherND)
  case scatterND(ScatterND)
  case slice(Slice)
  case expand(Expand)
  case pad(Pad)
  case tile(Tile)
  case range(CountingRange)
  case sizeList(SizeList)
  case cumulativeSum(CumulativeSum)
  case triangle(Triangle)
  case depthToSpace(DepthToSpace)
  case extremePlace(ExtremePlace)
  case oneHot(OneHot)
  case selection(Selection)
  case comparison(Comparison)
  case predicate(Predicate)
  case cast(Cast)
  case opaque(OpaqueOperator)

  /// The one place where the enum meets its operators.
  public var definition: any OperatorDefinition {
    switch self {
    case .convolution(let operation): operation
    case .batchNormalization(let operation): operation
    case .layerNormalization(let operation): operation
    case .instanceNormalization(let operation): operation
    case .groupNormalization(let operation): operation
    case .rmsNormalization(let operation): operation
    case .dense(let operation): operation
    case .matrixProduct(let operation): operation
    case .einsum(let operation): operation
    case .activation(let operation): operation
    case .parametricRelu(let operation): operation
    case .elementwise(let operation): operation
    case .modulo(let operation): operation
    case .combination(let operation): operation
    case .pooling(let operation): operation
    case .reduction(let operation): operation
    case .softmax(let operation): operation
    case .dropout(let operation): operation
    case .concatenation(let operation): operation
    case .split(let operation): operation
    case .flatten(let operation): operation
    case .reshape(let operation): operation
    case .transposition(let operation): operation
    case .identity(let operation): operation
    case .gather(let operation): operation
    case .gatherElements(let operation): operation
    case .gatherND(let operation): operation
    case .scatterND(let operation): operation
    case .slice(let operation): operation
    case .expand(let operation): operation
    case .pad(let operation): operation
    case .tile(let operation): operation
    case .range(let operation): operation
    case .sizeList(let operation): operation
    case .cumulativeSum(let operation): operation
    case .triangle(let operation): operation
    case .depthToSpace(let operation): operation
    case .extremePlace(let operation): operation
    case .oneHot(let operation): operation
    case .selection(let operation): operation
    case .comparison(let operation): operation
    case .predicate(let operation): operation
    case .cast(let operation): operation
    case .opaque(let operation): operation
    }
  }
}

extension Operator {
  /// An operator without its attributes, for whoever must not leave one out.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case convolution, batchNormalization, layerNormalization, instanceNormalization
    case groupNormalization, rmsNormalization, dense, matrixProduct, einsum, activation
    case parametricRelu, elementwise, modulo, combination, pooling, reduction, softmax, dropout
    case concatenation, split, flatten, reshape, transposition, identity, gather, gatherElements
    case gatherND, scatterND, slice, expand, pad, tile, range, sizeList, cumulativeSum, triangle
    case extremePlace, oneHot, selection, comparison, predicate, cast, depthToSpace, opaque
  }

  public var kind: Kind {
    switch self {
    case .convolution: .convolution
    case .batchNormalization: .batchNormalization
    case .layerNormalization: .layerNormalization
    case .instanceNormalization: .instanceNormalization
    case .groupNormalization: .groupNormalization
    case .rmsNormalization: .rmsNormalization
    case .dense: .dense
    case .matrixProduct: .matrixProduct
    case .einsum: .einsum
    case .activation: .activation
    case .parametricRelu: .parametricRelu
    case .elementwise: .elementwise
    case .modulo: .modulo
    case .combination: .combination
    case .pooling: .pooling
    case .reduction: .reduction
    case .softmax: .softmax
    case .dropout: .dropout
    case .concatenation: .concatenation
    case .split: .split
    case .flatten: .flatten
    case .reshape: .reshape
    case .transposition: .transposition
    case .identity: .identity
    case .gather: .gather
    case .gatherElements: .gatherElements
    case .gatherND: .gatherND
    case .scatterND: .scatterND
    case .slice: .slice
    case .expand: .expand
    case .pad: .pad
    case .tile: .tile
    case .range: .range
    case .sizeList: .sizeList
    case .cumulativeSum: .cumulativeSum
    case .triangle: .triangle
    case .depthToSpace: .depthToSpace
    case .extremePlace: .extremePlace
    case .oneHot: .oneHot
    case .selection: .selection
    case .comparison: .comparison
    case .predicate: .predicate
    case .cast: .cast
    case .opaque: .opaque
    }
  }
}

/// All that the rest of the library asks of an operator. There are no default implementations:
/// a new operator answers every question.
public protocol OperatorDefinition: Hashable, Sendable {
  /// ONNX's name, such as `Conv`.
  var name: String { get }

  /// How many inputs the operator takes; trailing ones may be left out down to the lower bound.
  var inputCount: ClosedRange<Int> { get }

  /// The types of the results. Absent optional operands are nil.
  func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType]

  /// What the axes of this node's own tensors have to do with one another. Types are those
  /// that ``outputTypes(of:)`` took and gave.
  func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation]

  /// The operator for grown operands. `outputs` are the types before the growth; `newSize` tells
  /// the new size of an axis that an axis relation named.
  func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator

  /// What becomes of positive numbers that the units of the operands are multiplied by.
  var scaling: Scaling { get }

  /// Where results are the same for the mean of several operands as the mean of their results.
  var linearity: Linearity { get }

  /// The operands whose elements, as they are, make up the results: nothing is computed, at most
  /// their type changes. None for an operator that makes numbers of its own.
  var moved: OperandSelection { get }

  /// When the first result is zero, and every other one that is ``moved``, given which operands are.
  var zero: OperandCondition { get }

  /// When no result is negative, given which operands are not.
  var nonNegative: OperandCondition { get }

  /// Sizes among the attributes that may be known only at run time.
  var runtimeSizes: [Dimension] { get }

  /// For operands that are indices, by position: the number that all of them are below.
  func indexBounds(inputs: [TensorType?]) -> [Int: Int]

  /// What each input that is a parameter is for; inputs not listed are plain operands.
  var parameterKinds: [Int: ParameterKind] { get }

  /// Multiplications paired with additions for one evaluation; elementwise work counts none.
  func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int
}

/// How an operator's results follow when the units of its operands are multiplied by positive
/// numbers: only where they follow can copies of a unit be scaled (see ``Width/Copying``).
public enum Scaling: Hashable, Sendable {
  /// Results are scaled alike when all operands are: sums, rearrangements, ReLU, pooling.
  case allOperands
  /// Results are proportional to each operand alone: products.
  case eachOperand
  /// Results are proportional to the first operand while the others stay: quotients.
  case firstOperand
  /// Results do not follow.
  case none
}

/// In which operands an operator is linear, treating all units alike: only there does a unit that
/// holds the mean of others stay their mean. A bias may be added.
public enum Linearity: Hashable, Sendable {
  /// In all of them together: sums, rearrangements, averages.
  case allOperands
  /// In each while the others stay: products.
  case eachOperand
  /// In the first while the others stay: quotients, lookups.
  case firstOperand
  case none
}

/// Some of a node's operands.
public enum OperandSelection: Hashable, Sendable {
  case none, all
  /// By position.
  case operands([Int])

  /// Positions among `count` operands.
  public func positions(of count: Int) -> [Int] {
    switch self {
    case .none: []
    case .all: Array(0..<count)
    case .operands(let positions): positions.filter { $0 < count }
    }
  }
}

/// When something holds of a node's results, given the operands that it holds of.
public enum OperandCondition: Hashable, Sendable {
  case never, always
  case all, any
  /// At least one operand of each term, by position: `x · w + b` is zero by `[[0, 1], [2]]`.
  case terms([[Int]])

  /// The terms for `count` operands; nil where no operand decides.
  public func terms(of count: Int) -> [[Int]]? {
    switch self {
    case .never: nil
    case .always: []
    case .all: (0..<count).map { [$0] }
    case .any: [Array(0..<count)]
    case .terms(let terms): terms.map { $0.filter { $0 < count } }.filter { !$0.isEmpty }
    }
  }

}

extension Node {
  /// The terms of a condition as operands' names; those that are left out do not count.
  func terms(of condition: OperandCondition) -> [[String]]? {
    condition.terms(of: inputs.count)?.map { $0.map { inputs[$0] }.filter { !$0.isEmpty } }
      .filter { !$0.isEmpty }
  }
}

/// What a parameter is for, from the slot it fills: decides how it is initialised and whether
/// it is trained.
public enum ParameterKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// Multiplies and sums; `fanIn` axes are those it sums over.
  case weight
  case bias
  /// Multiplies elementwise, 1 at birth.
  case scale
  case runningMean, runningVariance

  public var isTrained: Bool {
    switch self {
    case .weight, .bias, .scale: true
    case .runningMean, .runningVariance: false
    }
  }
}

/// Why a node's operands do not fit it.
public struct ShapeError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}
