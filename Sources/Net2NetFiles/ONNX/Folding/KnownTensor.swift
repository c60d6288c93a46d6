internal import Net2Net

/// A value of a graph that the importer knows: a constant, or sizes computed from shapes.
///
/// Exporters write `x.reshape(x.shape[0], -1)` as `Shape`, `Gather`, `Unsqueeze`, `Concat` and
/// `Reshape`, and masks and tables of positions as long chains over constants. Such values are
/// followed here element by element, sizes known only at run time as names, so that a reshape's
/// target becomes an attribute, a mask becomes a parameter, and nobody is left to read the rest.
/// A name stands for one size: equal expressions have equal names.
struct KnownTensor: Hashable {
  enum Elements: Hashable {
    /// Of integers and of truth values, which are 0 and 1.
    case integers([Int])
    case reals([Double])
    /// At least one of which is not known. Sizes stay sizes when a graph casts them to floats.
    case sizes([Dimension])
  }

  let elementType: ElementType
  let shape: Shape
  let elements: Elements

  /// More elements than these are weights, whatever their type.
  static let largestCount = 1 << 21
  /// Longer lists with sizes in them are data, not shapes.
  static let largestSizeCount = 64
  /// Expressions may double at each step; a name as long as this says nothing.
  private static let longestName = 200

  /// True for a shape whose elements are followed. Whoever lists elements asks first.
  static func follows(_ shape: Shape) -> Bool {
    shape.isPossible && shape.elementCount <= largestCount
  }

  /// Nil for elements that the type does not hold, and for more of them than are followed.
  init?(_ elementType: ElementType, _ shape: Shape, _ elements: Elements) {
    let count = shape.elementCount
    guard Self.follows(shape), count == elements.count else { return nil }
    self.elementType = elementType
    self.shape = shape
    switch elements {
    case .integers(let integers):
      guard integers.allSatisfy(elementType.holds) else { return nil }
      self.elements = elements
    case .reals(let reals):
      guard elementType.isFollowedFloatingPoint else { return nil }
      self.elements =
        elementType == .float32 ? .reals(reals.map { Double(Float($0)) }) : elements
    case .sizes(let sizes):
      let known = sizes.compactMap(\.size)
      if known.count == sizes.count {
        self.elements =
          elementType.isFloatingPoint ? .reals(known.map { Double($0) }) : .integers(known)
        return
      }
      guard count <= Self.largestSizeCount, elementType != .bool,
        sizes.allSatisfy({ $0.size != nil || $0.description.utf8.count <= Self.longestName })
      else { return nil }
      self.elements = elements
    }
  }

  /// A list of sizes.
  init?(_ sizes: [Dimension]) { self.init(.int64, [sizes.count], .sizes(sizes)) }

  /// A single size.
  init?(scalar size: Dimension) { self.init(.int64, [], .sizes([size])) }

  init?(_ parameter: Parameter) {
    guard parameter.elementCount <= Self.largestCount else { return nil }
    let type = parameter.elementType
    if type.isFloatingPoint {
      self.init(type, parameter.shape, .reals(parameter.tensor().doubles()))
    } else {
      guard let integers = parameter.tensor().integers() else { return nil }
      self.init(type, parameter.shape, .integers(integers))
    }
  }

  /// Element by element as sizes; nil for fractions.
  var sizes: [Dimension]? {
    switch elements {
    case .integers(let integers): integers.map { .fixed($0) }
    case .sizes(let sizes): sizes
    case .reals(let reals):
      reals.allSatisfy { Int(exactly: $0) != nil } ? reals.map { .fixed(Int($0)) } : nil
    }
  }

  /// The elements if they are integers, all known.
  var integers: [Int]? {
    if case .integers(let integers) = elements { integers } else { nil }
  }

  var isScalar: Bool { shape.rank == 0 }

  var type: TensorType { TensorType(elementType, shape) }

  /// The tensor, if every element is known.
  var tensor: Tensor? {
    switch elements {
    case .integers(let integers) where elementType == .int64:
      Tensor(integers.map { Int64($0) }, shape: shape)
    case .integers(let integers):
      Tensor(elementType: elementType, shape: shape) { Double(integers[$0]) }
    case .reals(let reals): Tensor(elementType: elementType, shape: shape) { reals[$0] }
    case .sizes: nil
    }
  }
}

extension KnownTensor.Elements {
  var count: Int {
    switch self {
    case .integers(let integers): integers.count
    case .reals(let reals): reals.count
    case .sizes(let sizes): sizes.count
    }
  }

  /// Those at `indices`, in their order.
  func picked(_ indices: [Int]) -> Self {
    switch self {
    case .integers(let integers): .integers(indices.map { integers[$0] })
    case .reals(let reals): .reals(indices.map { reals[$0] })
    case .sizes(let sizes): .sizes(indices.map { sizes[$0] })
    }
  }
}

extension ElementType {
  /// Half precision is left to the engine, whose rounding is its own.
  fileprivate var isFollowedFloatingPoint: Bool { self == .float32 || self == .float64 }

  fileprivate func holds(_ value: Int) -> Bool {
    switch self {
    case .int64: true
    case .int32: Int32(exactly: value) != nil
    case .uint8: UInt8(exactly: value) != nil
    case .bool: value == 0 || value == 1
    default: false
    }
  }
}
