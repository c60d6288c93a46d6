/// How the values of a new tensor are made.
public enum Filling: Hashable, Sendable {
  case constant(Double)
  /// Zero mean, the given standard deviation.
  case normal(standardDeviation: Double, Draw)
  /// The identity as a layer's weight: `matrix[o, i] = 1` where o = i, and for a convolution
  /// `(o, i, k…)` at the centre of the kernel. With `groups`, `i` counts within the group.
  case identity(groups: Int)
  /// The identity and its negative, scaled: stacked as rows `[I; −I]` where the weight has twice
  /// as many rows as columns, side by side `[I, −I]` where it has twice as many columns; for a
  /// convolution at the centre of the kernel.
  case signedIdentity(scale: Double)
  /// One value for each index of axis 0.
  case values([Double])

  func tensor(shape: Shape, as type: ElementType) -> Tensor {
    switch self {
    case .constant(let value):
      return Tensor(elementType: type, shape: shape) { _ in value }
    case .normal(let deviation, let draw):
      return Tensor(elementType: type, shape: shape) { draw.normal($0) * deviation }
    case .identity(let groups):
      let perGroup = shape[0] / groups
      return Self.atCentre(shape: shape, as: type) { $0 % perGroup == $1 ? 1 : 0 }
    case .signedIdentity(let scale):
      let size = min(shape[0], shape[1])
      return Self.atCentre(shape: shape, as: type) { output, input in
        guard output % size == input % size else { return 0 }
        return output < size && input < size ? scale : -scale
      }
    case .values(let values):
      let inner = max(shape.elementCount / max(values.count, 1), 1)
      return Tensor(elementType: type, shape: shape) { values[$0 / inner] }
    }
  }

  /// A layer's weight that is zero off the centre of the kernel.
  private static func atCentre(
    shape: Shape, as type: ElementType, _ value: (_ output: Int, _ input: Int) -> Double
  ) -> Tensor {
    let kernel = Shape(Array(shape.sizes.dropFirst(2)))
    let centre = zip(kernel.sizes, kernel.strides).reduce(0) { $0 + ($1.0 / 2) * $1.1 }
    return Tensor(elementType: type, shape: shape) { index in
      let (channels, position) = index.quotientAndRemainder(dividingBy: kernel.elementCount)
      guard position == centre else { return 0 }
      let (output, input) = channels.quotientAndRemainder(dividingBy: shape[1])
      return value(output, input)
    }
  }
}
