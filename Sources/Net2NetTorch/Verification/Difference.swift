import Net2Net

/// How far one tensor is from another.
public struct Difference: Hashable, Sendable, Codable {
  /// The largest |Δ| of any element.
  public var maxAbsolute: Double
  /// That, over the largest magnitude in the tensor compared with (1 where that is all zeros).
  public var maxRelative: Double

  public init(maxAbsolute: Double, maxRelative: Double) {
    self.maxAbsolute = maxAbsolute
    self.maxRelative = maxRelative
  }
}

extension Difference {
  /// Nil where the difference has no size: the shapes do not suit, or an element is not a number
  /// or infinite on one side only.
  ///
  /// - Parameter leading: compare the leading entries of the axes along which `tensor` is larger.
  init?(of tensor: Tensor, from reference: Tensor, leading: Bool) {
    guard let compared = leading ? tensor.leadingEntries(reference.shape) : tensor,
      compared.shape == reference.shape
    else { return nil }
    var difference = 0.0
    var magnitude = 0.0
    for (found, expected) in zip(compared.doubles(), reference.doubles()) {
      if expected.isFinite { magnitude = max(magnitude, abs(expected)) }
      // Equal infinities, as in a mask, are no difference; their subtraction would be.
      if found == expected { continue }
      let distance = abs(found - expected)
      guard distance.isFinite else { return nil }
      difference = max(difference, distance)
    }
    self.init(
      maxAbsolute: difference, maxRelative: magnitude == 0 ? difference : difference / magnitude)
  }
}

extension Tensor {
  /// The corner of this tensor at index 0 that has `shape`; nil where it is not large enough.
  func leadingEntries(_ shape: Shape) -> Tensor? {
    guard shape.rank == self.shape.rank else { return nil }
    guard zip(shape.sizes, self.shape.sizes).allSatisfy({ $0 <= $1 }) else { return nil }
    guard shape != self.shape else { return self }
    let values = doubles()
    let strides = zip(shape.strides, self.shape.strides)
    return Tensor(elementType: elementType, shape: shape) { index in
      var remainder = index
      var source = 0
      for (stride, sourceStride) in strides {
        source += remainder / stride * sourceStride
        remainder %= stride
      }
      return values[source]
    }
  }
}
