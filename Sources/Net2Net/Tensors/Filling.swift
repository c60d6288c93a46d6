/// How the values of a new tensor are made.
public enum Filling: Hashable, Sendable {
  case constant(Double)
  /// Zero mean, the given standard deviation.
  case normal(standardDeviation: Double, Draw)
  /// The identity as a layer's weight: `matrix[o, i] = 1` where o = i, and for a convolution
  /// `(o, i, k…)` at the centre of the kernel. With `groups`, `i` counts within the group.
  case identity(groups: Int)
  /// One value for each index of axis 0.
  case values([Double])

  func tensor(shape: Shape, as type: ElementType) -> Tensor {
    switch self {
    case .constant(let value):
      return Tensor(elementType: type, shape: shape) { _ in value }
    case .normal(let deviation, let draw):
      return Tensor(elementType: type, shape: shape) { draw.normal($0) * deviation }
    case .identity(let groups):
      return Self.identity(shape: shape, groups: groups, as: type)
    case .values(let values):
      let inner = max(shape.elementCount / max(values.count, 1), 1)
      return Tensor(elementType: type, shape: shape) { values[$0 / inner] }
    }
  }

  private static func identity(shape: Shape, groups: Int, as type: ElementType) -> Tensor {
    let kernel = Shape(Array(shape.sizes.dropFirst(2)))
    let centre = zip(kernel.sizes, kernel.strides).reduce(0) { $0 + ($1.0 / 2) * $1.1 }
    let perGroup = shape[0] / groups
    return Tensor(elementType: type, shape: shape) { index in
      let (channels, position) = index.quotientAndRemainder(dividingBy: kernel.elementCount)
      let (output, input) = channels.quotientAndRemainder(dividingBy: shape[1])
      return position == centre && output % perGroup == input ? 1 : 0
    }
  }
}
