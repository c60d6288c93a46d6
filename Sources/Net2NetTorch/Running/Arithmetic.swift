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
