/// The sizes of a tensor's axes, outermost first; rank 0 is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public var sizes: [Int]

  public init(_ sizes: [Int]) { self.sizes = sizes }

  public init(arrayLiteral sizes: Int...) { self.sizes = sizes }

  public var rank: Int { sizes.count }

  /// The number of elements, 1 for a scalar; `Int.max` where ``checkedElementCount`` is nil, so
  /// that no bound allows it.
  public var elementCount: Int { checkedElementCount ?? .max }

  /// The number of elements, or nil when a size is negative or the product of the sizes that are
  /// not 0 exceeds `Int`: in whatever order they are multiplied, nothing overflows.
  public var checkedElementCount: Int? {
    var count = 1
    var isEmpty = false
    for size in sizes {
      guard size >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow else { return nil }
      count = product
      isEmpty = isEmpty || size == 0
    }
    return isEmpty ? 0 : count
  }

  /// The most axes that a value of a graph can have, as in NumPy and PyTorch.
  package static let largestRank = 64
  /// A value of a graph has fewer elements than this.
  private static let elementLimit = 1 << 48

  /// Whether a value of a graph can have this shape: at most 64 axes, no negative size, and fewer
  /// than 2⁴⁸ elements, sizes of 0 counted as 1. Rules add and multiply the sizes of such shapes
  /// freely.
  package var isPossible: Bool {
    guard rank <= Self.largestRank, checkedElementCount != nil else { return false }
    return Shape(sizes.filter { $0 > 0 }).elementCount < Self.elementLimit
  }

  /// The number of elements times `factors`, `Int.max` where that is more than `Int` holds.
  func saturatedCount(times factors: [Int]) -> Int {
    Shape(sizes + factors).checkedElementCount ?? Int.max
  }

  /// Row-major strides in elements; `Int.max` for larger ones, which only shapes have that
  /// ``checkedElementCount`` knows no number for.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in sizes.indices.dropLast().reversed() {
      let (stride, overflow) = strides[axis + 1].multipliedReportingOverflow(by: sizes[axis + 1])
      strides[axis] = overflow ? .max : stride
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

  /// Whether a value of a graph can have this type, sizes known only at run time counted as 1.
  package var isPossible: Bool { Shape(dimensions.map(\.coefficient)).isPossible }

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
