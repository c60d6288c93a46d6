/// The sizes of a tensor's axes, outermost first; rank 0 is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public var sizes: [Int]

  public init(_ sizes: [Int]) { self.sizes = sizes }

  public init(arrayLiteral sizes: Int...) { self.sizes = sizes }

  public var rank: Int { sizes.count }

  /// The number of elements, 1 for a scalar.
  ///
  /// Shapes that come from a file are checked with ``checkedElementCount`` first.
  public var elementCount: Int { sizes.reduce(1, *) }

  /// The number of elements, or nil when a size is negative or the product exceeds `Int`.
  public var checkedElementCount: Int? {
    var count = 1
    for size in sizes {
      guard size >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      count = product
    }
    return count
  }

  /// The number of elements times `factors`, `Int.max` where that is more than `Int` holds.
  func saturatedCount(times factors: [Int]) -> Int {
    Shape(sizes + factors).checkedElementCount ?? Int.max
  }

  /// Row-major strides in elements.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * sizes[axis + 1]
    }
    return strides
  }

  public subscript(axis: Int) -> Int {
    get { sizes[axis] }
    set { sizes[axis] = newValue }
  }

  public var description: String {
    "(" + sizes.map(String.init).joined(separator: ", ") + ")"
  }
}

extension Shape: Codable {
  public init(from decoder: any Decoder) throws { sizes = try [Int](from: decoder) }
  public func encode(to encoder: any Encoder) throws { try sizes.encode(to: encoder) }
}

/// Element type and dimensions of a value in a graph.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
  public var elementType: ElementType
  public var dimensions: [Dimension]

  public init(_ elementType: ElementType, _ dimensions: [Dimension]) {
    self.elementType = elementType
    self.dimensions = dimensions
  }

  public init(_ elementType: ElementType, _ shape: Shape) {
    self.init(elementType, shape.sizes.map(Dimension.fixed))
  }

  public var rank: Int { dimensions.count }

  /// The shape when every dimension is known.
  public var shape: Shape? {
    let sizes = dimensions.compactMap(\.size)
    return sizes.count == dimensions.count ? Shape(sizes) : nil
  }

  /// The shape where every size known only at run time is `size`.
  public func shape(batch size: Int) -> Shape {
    Shape(dimensions.map { $0.size(batch: size) })
  }

  public var description: String {
    "\(elementType.rawValue)(" + dimensions.map(\.description).joined(separator: ", ") + ")"
  }
}
