internal import Net2Net
internal import OrderedCollections

/// A scalar or a list of sizes that a graph computes from shapes, each known or named.
///
/// Exporters write `x.reshape(x.shape[0], -1)` as `Shape`, `Gather`, `Unsqueeze`, `Concat` and
/// `Reshape`. Following such values symbolically turns the reshape's target into a constant and
/// leaves nobody to read the rest. A name stands for one size: equal expressions have equal
/// names.
struct SizeList: Hashable {
  var elements: [Dimension]
  var isScalar = false

  /// Longer lists are data, not shapes.
  static let largestCount = 64
  /// Expressions may double at each step; a name as long as this says nothing.
  private static let longestName = 200

  init?(_ elements: [Dimension], isScalar: Bool = false) {
    guard elements.count <= Self.largestCount,
      elements.allSatisfy({ $0.size != nil || $0.description.utf8.count <= Self.longestName })
    else { return nil }
    self.elements = elements
    self.isScalar = isScalar
  }

  /// The values of an integer parameter.
  init?(_ parameter: Parameter) {
    guard parameter.elementType == .int64, parameter.shape.rank <= 1,
      parameter.elementCount <= Self.largestCount, let values = parameter.tensor().integers()
    else { return nil }
    self.init(values.map { .fixed($0) }, isScalar: parameter.shape.rank == 0)
  }

  var integers: [Int]? {
    let known = elements.compactMap(\.size)
    return known.count == elements.count ? known : nil
  }

  var type: TensorType { TensorType(.int64, isScalar ? [] : [.fixed(elements.count)]) }

  /// The tensor, if every size is known.
  var tensor: Tensor? {
    integers.map { Tensor($0.map { Int64($0) }, shape: isScalar ? [] : [$0.count]) }
  }
}

extension SizeList {
  func gathered(at indices: SizeList) -> SizeList? {
    guard !isScalar, let positions = indices.integers else { return nil }
    let places = positions.map { $0 < 0 ? $0 + elements.count : $0 }
    guard places.allSatisfy(elements.indices.contains) else { return nil }
    return SizeList(places.map { elements[$0] }, isScalar: indices.isScalar)
  }

  /// Elements `start ..< end`; negative bounds count from the end, and bounds beyond the list
  /// are those of the list.
  func sliced(from start: Int, to end: Int) -> SizeList? {
    guard !isScalar else { return nil }
    func bounded(_ bound: Int) -> Int {
      min(max(bound < 0 ? bound + elements.count : bound, 0), elements.count)
    }
    return SizeList(Array(elements[bounded(start)..<max(bounded(start), bounded(end))]))
  }

  static func joined(_ lists: [SizeList]) -> SizeList? {
    guard lists.allSatisfy({ !$0.isScalar }) else { return nil }
    return SizeList(lists.flatMap(\.elements))
  }

  /// Element by element; a scalar or a list of one goes with every element of the other.
  static func combined(
    _ function: Elementwise.Function, _ left: SizeList, _ right: SizeList
  ) -> SizeList? {
    let count = max(left.elements.count, right.elements.count)
    guard [1, count].contains(left.elements.count), [1, count].contains(right.elements.count)
    else { return nil }
    var elements: [Dimension] = []
    for index in 0..<count {
      let a = left.elements[left.elements.count == 1 ? 0 : index]
      let b = right.elements[right.elements.count == 1 ? 0 : index]
      guard let element = function.applied(to: a, b) else { return nil }
      elements.append(element)
    }
    return SizeList(elements, isScalar: left.isScalar && right.isScalar)
  }
}

extension Elementwise.Function {
  fileprivate func applied(to a: Dimension, _ b: Dimension) -> Dimension? {
    if let a = a.size, let b = b.size { return applied(to: a, b).map { .fixed($0) } }
    switch (self, a.size, b.size) {
    case (.add, _, 0), (.subtract, _, 0): return a
    case (.add, 0, _): return b
    case (.multiply, _, _): return Dimension.product(of: [a, b])
    case (.divide, _, _):
      if let quotient = a.quotient(by: b) { return quotient }
    default: break
    }
    return symbol.map { .symbolic("(\(a)\($0)\(b))") }
  }

  /// Nil on overflow, for a division by zero, and for what no exporter does with sizes.
  private func applied(to a: Int, _ b: Int) -> Int? {
    let (value, overflow) =
      switch self {
      case .add: a.addingReportingOverflow(b)
      case .subtract: a.subtractingReportingOverflow(b)
      case .multiply: a.multipliedReportingOverflow(by: b)
      case .divide: a.dividedReportingOverflow(by: b)
      case .power: (0, true)
      }
    return overflow ? nil : value
  }

  private var symbol: String? {
    switch self {
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .divide: "/"
    case .power: nil
    }
  }
}

extension GraphImport {
  /// What `name` holds, if it is a short list of sizes.
  func sizes(_ name: String?) -> SizeList? {
    guard let name else { return nil }
    return sizeLists[name] ?? parameters[name].flatMap { SizeList($0) }
  }

  /// The result of a node that computes with shapes alone.
  func sizes(of node: ForeignNode) throws(FilesError) -> SizeList? {
    var node = node
    guard node.outputs.count == 1, let first = node.input(0) else { return nil }
    if node.type == "Shape" { return try shapeSizes(&node) }
    guard let value = sizes(first) else { return nil }
    switch node.type {
    case "Identity": return value
    case "Cast":
      let isInt64 = try node.integer("to", default: 0) == Int(ElementType.int64.onnxCode)
      return isInt64 ? value : nil
    case "Gather":
      guard try node.integer("axis", default: 0) == 0 else { return nil }
      return sizes(node.input(1)).flatMap { value.gathered(at: $0) }
    case "Slice": return try slicedSizes(value, &node)
    case "Squeeze":
      return value.elements.count == 1 ? SizeList(value.elements, isScalar: true) : nil
    case "Unsqueeze": return value.isScalar ? SizeList(value.elements) : nil
    case "Concat":
      let lists = node.inputs.compactMap { sizes($0) }
      return lists.count == node.inputs.count ? SizeList.joined(lists) : nil
    default:
      guard let function = Elementwise.Function(rawValue: node.type),
        let other = sizes(node.input(1))
      else { return nil }
      return SizeList.combined(function, value, other)
    }
  }

  private func shapeSizes(_ node: inout ForeignNode) throws(FilesError) -> SizeList? {
    guard let type = node.input(0).flatMap({ types[$0] }) else { return nil }
    let start = try node.integer("start", default: 0)
    return SizeList(type.dimensions)?
      .sliced(from: start, to: try node.integer("end", default: Int.max))
  }

  /// Bounds are inputs since operator set 10, attributes before.
  private func slicedSizes(
    _ value: SizeList, _ node: inout ForeignNode
  ) throws(FilesError) -> SizeList? {
    let older = (
      try node.elements("starts")?.map { Int($0) }, try node.elements("ends")?.map { Int($0) }
    )
    let starts = older.0 ?? sizes(node.input(1))?.integers
    let ends = older.1 ?? sizes(node.input(2))?.integers
    guard let starts, let ends, starts.count == 1, ends.count == 1 else { return nil }
    // Further inputs are the axis, which can only be 0, and the step.
    if node.input(4) != nil, sizes(node.input(4))?.integers != [1] { return nil }
    return value.sliced(from: starts[0], to: ends[0])
  }

  /// The target of a reshape that sizes were computed for: 0 where it repeats the input's size,
  /// -1 for one that nothing else tells.
  func reshapeTarget(_ name: String, from input: TensorType?) -> [Int]? {
    guard let sizes = sizeLists[name], !sizes.isScalar, let input else { return nil }
    let target = sizes.elements.enumerated().map { axis, size in
      size.size ?? (axis < input.rank && input.dimensions[axis] == size ? 0 : -1)
    }
    return target.filter { $0 == -1 }.count <= 1 ? target : nil
  }
}
