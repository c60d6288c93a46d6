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
      return Tensor(elementType: type, shape: shape, repeating: value)
    case .normal(let deviation, let draw):
      return Tensor(elementType: type, shape: shape) { draw.normal($0) * deviation }
    case .identity(let groups):
      let perGroup = max(shape[0] / groups, 1)
      let ones = (0..<shape[0]).map { (output: $0, input: $0 % perGroup, value: 1.0) }
      return Self.atCentre(ones, shape: shape, as: type)
    case .signedIdentity(let scale):
      let size = min(shape[0], shape[1])
      let ones = (0..<max(shape[0], shape[1])).map { index in
        let diagonal = index % size
        return (
          output: shape[0] > size ? index : diagonal, input: shape[1] > size ? index : diagonal,
          value: index < size ? scale : -scale
        )
      }
      return Self.atCentre(ones, shape: shape, as: type)
    case .values(let values):
      let inner = max(shape.elementCount / max(values.count, 1), 1)
      return Tensor(elementType: type, shape: shape) { values[$0 / inner] }
    }
  }

  /// A layer's weight that is zero but for the given entries at the centre of the kernel.
  private static func atCentre(
    _ entries: [(output: Int, input: Int, value: Double)], shape: Shape, as type: ElementType
  ) -> Tensor {
    let kernel = Shape(Array(shape.sizes.dropFirst(2)))
    let centre = zip(kernel.sizes, kernel.strides).reduce(0) { $0 + ($1.0 / 2) * $1.1 }
    let storage = TensorBytes(byteCount: shape.elementCount * type.byteCount) { bytes in
      bytes.fillWithZeros()
      for entry in entries where entry.input < shape[1] {
        let index = (entry.output * shape[1] + entry.input) * kernel.elementCount + centre
        type.store(entry.value, at: index, in: bytes)
      }
    }
    return Tensor(elementType: type, shape: shape, storage: storage)
  }
}
