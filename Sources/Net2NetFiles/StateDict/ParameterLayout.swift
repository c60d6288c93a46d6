internal import Net2Net

/// How a checkpoint's tensor holds what a network's parameter holds.
enum ParameterLayout: Hashable {
  /// The same elements in the same order under another shape, or the same one: a scale of
  /// (C, 1, 1) is (C) there.
  case sameOrder(tensor: Shape, parameter: Shape)
  /// Rows and columns exchanged: a linear layer's (out, in) as a matrix product's (in, out).
  case transposed

  /// The checkpoint's tensor for a parameter that may have grown, under a name and in a type.
  ///
  /// - Returns: nil where the shape does not follow: an axis that grew stands for several there.
  func tensor(for parameter: Parameter, named name: String, as type: ElementType) -> Parameter? {
    switch self {
    case .transposed:
      return Parameter(name: name, tensor: parameter.tensor(as: type).transposed())
    case .sameOrder(let tensor, let old):
      guard let shape = Self.shape(of: tensor, when: old, becomes: parameter.shape) else {
        return nil
      }
      if shape == parameter.shape, type == parameter.elementType {
        var renamed = parameter  // Its rewrites stay pending.
        renamed.name = name
        return renamed
      }
      return Parameter(name: name, tensor: parameter.tensor(as: type).reshaped(to: shape))
    }
  }

  /// Walks through both shapes, cutting them into the shortest runs of axes with equal numbers of
  /// elements; within a run, growth goes to the one axis of the tensor that is not 1.
  static func shape(of tensor: Shape, when old: Shape, becomes new: Shape) -> Shape? {
    guard old.rank == new.rank else { return nil }
    if old == new { return tensor }
    var result = tensor
    var (from, to) = (0, 0)
    while from < old.rank || to < tensor.rank {
      var read = from..<min(from + 1, old.rank)
      var made = to..<min(to + 1, tensor.rank)
      while count(old, read) != count(tensor, made) {
        if count(old, read) < count(tensor, made) {
          guard read.upperBound < old.rank else { return nil }
          read = read.lowerBound..<read.upperBound + 1
        } else {
          guard made.upperBound < tensor.rank else { return nil }
          made = made.lowerBound..<made.upperBound + 1
        }
      }
      (from, to) = (read.upperBound, made.upperBound)
      guard count(new, read) != count(old, read) else { continue }
      let long = made.filter { tensor[$0] != 1 }
      guard long.count == 1 else { return nil }
      result[long[0]] = count(new, read)
    }
    return result.elementCount == new.elementCount ? result : nil
  }

  private static func count(_ shape: Shape, _ axes: Range<Int>) -> Int {
    shape.sizes[axes].reduce(1, *)
  }
}

extension Tensor {
  /// (m, n) as (n, m).
  ///
  /// - Precondition: rank 2.
  func transposed() -> Tensor {
    let storage = withUnsafeBytes { source in
      TensorBytes(byteCount: source.count) { target in
        switch elementType.byteCount {
        case 1: copyTransposed(source, to: target, as: UInt8.self)
        case 2: copyTransposed(source, to: target, as: UInt16.self)
        case 4: copyTransposed(source, to: target, as: UInt32.self)
        default: copyTransposed(source, to: target, as: UInt64.self)
        }
      }
    }
    return Tensor(elementType: elementType, shape: [shape[1], shape[0]], storage: storage)
  }

  /// `Element` is as large as this tensor's elements, which files may lay at any address.
  private func copyTransposed<Element: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, as: Element.Type
  ) {
    let size = MemoryLayout<Element>.size
    let (rows, columns) = (shape[0], shape[1])
    for row in 0..<rows {
      for column in 0..<columns {
        let element = source.loadUnaligned(
          fromByteOffset: (row * columns + column) * size, as: Element.self)
        target.storeBytes(of: element, toByteOffset: (column * rows + row) * size, as: Element.self)
      }
    }
  }
}
