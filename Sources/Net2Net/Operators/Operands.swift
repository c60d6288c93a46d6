/// The input types of one node, with the checks that shape rules share.
struct Operands {
  let types: [TensorType?]

  init(_ types: [TensorType?]) { self.types = types }

  /// The type of an operand, nil where it was left out.
  subscript(index: Int) -> TensorType? { index < types.count ? types[index] : nil }

  func type(_ index: Int, _ role: String) throws(ShapeError) -> TensorType {
    guard let type = self[index] else { throw ShapeError("the \(role) is missing") }
    return type
  }

  /// The shape of an operand none of whose dimensions may be symbolic.
  func shape(_ index: Int, _ role: String) throws(ShapeError) -> Shape {
    let type = try type(index, role)
    guard let shape = type.shape else {
      throw ShapeError("the \(role) is \(type); its size must be known")
    }
    return shape
  }

  func expect(_ found: Dimension, _ expected: Int, _ role: String) throws(ShapeError) {
    guard found == .fixed(expected) else {
      throw ShapeError("\(role): \(expected) expected, \(found) found")
    }
  }

  func expect(_ found: [Dimension], _ expected: [Dimension], _ role: String) throws(ShapeError) {
    guard found == expected else {
      throw ShapeError("\(role): \(expected.asShape) expected, \(found.asShape) found")
    }
  }

  /// An axis counted from the end when negative, checked against `rank`.
  static func axis(_ axis: Int, rank: Int) throws(ShapeError) -> Int {
    guard let resolved = countedFromFront(axis, of: rank) else {
      throw ShapeError("axis \(axis) of a tensor with \(rank) axes")
    }
    return resolved
  }
}

/// The place among `count` axes, or among the entries of an axis, that an index of a file names:
/// a negative one counts from the end. Nil where there is no such place.
package func countedFromFront(_ index: Int, of count: Int) -> Int? {
  let place = index < 0 ? index &+ count : index
  return place >= 0 && place < count ? place : nil
}

extension [Dimension] {
  /// `(N, 3, 28)`, for messages.
  var asShape: String { "(" + map(\.description).joined(separator: ", ") + ")" }
}

/// Relations of an operator that treats every element alike: all axes of both tensors agree.
func elementwiseRelations(rank: Int, from input: Int = 0) -> [AxisRelation] {
  (0..<rank).map { .same(.input(input, axis: $0), .output(0, axis: $0)) }
}
