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

/// Why a difference has no size.
public enum Incomparable: String, Error, Hashable, Sendable, Codable {
  case missingOutput, shapes
  /// An element is NaN or infinite in the student alone, in the teacher alone, or in both without
  /// being the same infinity.
  case studentNotFinite, teacherNotFinite, bothNotFinite
}

extension Difference {
  /// How far a student's tensor is from its teacher's.
  ///
  /// - Parameter leading: compare the leading entries of the axes along which `tensor` is larger.
  static func measured(
    of tensor: Tensor, from reference: Tensor, leading: Bool
  ) -> Result<Difference, Incomparable> {
    guard let compared = leading ? tensor.leadingEntries(reference.shape) : tensor,
      compared.shape == reference.shape
    else { return .failure(.shapes) }
    var difference = 0.0
    var magnitude = 0.0
    var isUndecided = false
    for (found, expected) in zip(compared.doubles(), reference.doubles()) {
      if expected.isFinite { magnitude = max(magnitude, abs(expected)) }
      // Equal infinities, as in a mask, are no difference; their subtraction would be.
      if found == expected { continue }
      switch (found.isFinite, expected.isFinite) {
      case (true, true): break
      case (false, true): return .failure(.studentNotFinite)
      case (true, false): return .failure(.teacherNotFinite)
      case (false, false):
        isUndecided = true
        continue
      }
      difference = max(difference, min(abs(found - expected), .greatestFiniteMagnitude))
    }
    if isUndecided { return .failure(.bothNotFinite) }
    return .success(
      Difference(
        maxAbsolute: difference,
        maxRelative: magnitude == 0
          ? difference : min(difference / magnitude, .greatestFiniteMagnitude)))
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
