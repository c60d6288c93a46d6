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
  /// Sizes among the attributes that may be known only at run time.
  var sizes: [Dimension] {
    switch self {
    case .expand(let operation): operation.target
    case .reshape(let operation): operation.target
    case .tile(let operation): operation.repeats
    case .range(let operation): [operation.limit]
    case .sizeList(let operation): operation.sizes
    case .slice(let operation): operation.cuts.map(\.count)
    default: []
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
