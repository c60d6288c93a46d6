import Net2Net

/// What an operator makes of numbers with eight significant bits, where a network is run in
/// ``Precision/bfloat16``.
enum Arithmetic {
  /// Multiplies matrices: the operands are rounded, the sums run in float32.
  case products
  /// Computes in the type that comes, and rounds only its result.
  case asItComes
  /// Wants float32.
  case full

  /// The type that floating-point operands are brought into; nil leaves them as they are.
  func operandType(in precision: Precision) -> ElementType? {
    guard precision == .bfloat16 else { return nil }
    switch self {
    case .products: return .bfloat16
    case .asItComes: return nil
    case .full: return .float32
    }
  }
}

extension Operator {
  var arithmetic: Arithmetic {
    switch self {
    case .convolution, .dense, .matrixProduct: .products
    // Batch norm's statistics are measured and kept in float32 whatever comes.
    case .batchNormalization: .asItComes
    case .activation(let activation): activation.function == .relu ? .asItComes : .full
    case .elementwise(let elementwise): elementwise.function == .add ? .asItComes : .full
    case .pooling(let pooling): pooling.function == .maximum ? .asItComes : .full
    case .concatenation, .dropout, .flatten, .identity, .reshape, .slice, .split,
      .transposition:
      .asItComes
    default: .full
    }
  }
}
