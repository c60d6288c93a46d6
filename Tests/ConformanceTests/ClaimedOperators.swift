import Net2Net

/// Operators that must stay claimed: without this list, one that is no longer understood would
/// only lower a count.
enum ClaimedOperators {
  /// Claimed although their own tests are of operator sets before 7, which are not read.
  static let withOldTests: Set<String> = ["Not"]

  /// Read as operators of other names, or as numbers.
  static let converted: Set<String> = [
    "CastLike", "Constant", "ConstantOfShape", "Size", "Squeeze", "Unsqueeze",
  ]

  static let least = Operator.Kind.allCases.map(names).reduce(converted) { $0.union($1) }

  /// What ONNX calls the operators of a kind.
  private static func names(of kind: Operator.Kind) -> Set<String> {
    switch kind {
    case .convolution: ["Conv"]
    case .batchNormalization: ["BatchNormalization"]
    case .layerNormalization: ["LayerNormalization"]
    case .instanceNormalization: ["InstanceNormalization"]
    case .groupNormalization: ["GroupNormalization"]
    case .rmsNormalization: ["RMSNormalization"]
    case .dense: ["Gemm"]
    case .matrixProduct: ["MatMul"]
    case .einsum: ["Einsum"]
    case .activation:
      Set(Activation.Elementary.allCases.map(\.rawValue)).union([
        "Abs", "Celu", "Clip", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu",
        "Mish", "Neg", "Reciprocal", "Relu", "Selu", "Shrink", "Sigmoid", "Softplus", "Softsign",
        "Sqrt", "Tanh", "ThresholdedRelu",
      ])
    case .parametricRelu: ["PRelu"]
    case .elementwise: Set(Elementwise.Function.allCases.map(\.rawValue))
    case .modulo: ["Mod"]
    case .combination: Set(Combination.Function.allCases.map(\.rawValue))
    case .pooling: ["AveragePool", "GlobalAveragePool", "GlobalMaxPool", "MaxPool"]
    case .reduction: Set(Reduction.Function.allCases.map(\.rawValue))
    case .softmax: ["LogSoftmax", "Softmax"]
    case .dropout: ["Dropout"]
    case .concatenation: ["Concat"]
    case .split: ["Split"]
    case .flatten: ["Flatten"]
    case .reshape: ["Reshape"]
    case .transposition: ["Transpose"]
    case .identity: ["Identity"]
    case .gather: ["Gather"]
    case .gatherElements: ["GatherElements"]
    case .gatherND: ["GatherND"]
    case .scatterND: ["ScatterND"]
    case .slice: ["Slice"]
    case .expand: ["Expand"]
    case .pad: ["Pad"]
    case .tile: ["Tile"]
    case .range: ["Range"]
    case .cumulativeSum: ["CumSum"]
    case .triangle: ["Trilu"]
    case .depthToSpace: ["DepthToSpace"]
    case .extremePlace: Set(ExtremePlace.Function.allCases.map(\.rawValue))
    case .oneHot: ["OneHot"]
    case .selection: ["Where"]
    case .comparison: Set(Comparison.Function.allCases.map(\.rawValue))
    case .predicate: ["IsInf", "IsNaN", "Not"]
    case .cast: ["Cast"]
    case .sizeList, .opaque: []  // made of several operators; of none
    }
  }
}
