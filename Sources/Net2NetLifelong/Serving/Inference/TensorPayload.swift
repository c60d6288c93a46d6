internal import HTTPTypes
internal import Net2Net

/// A tensor as JSON gives it: `{"name", "shape", "datatype", "data"}`, in any order, `data` as one
/// list or as lists in lists.
struct TensorPayload {
  var name: String?
  var shape: [Int]?
  var datatype: String?
  var data: Numbers?

  /// What `data` held, row by row.
  struct Numbers {
    var values: [Double] = []
    /// Lengths of the lists, outermost first.
    var sizes: [Int] = []
  }
}

extension TensorPayload {
  private static let mostAxes = 32

  init(_ reader: inout JSONReader, most elements: Int) throws(JSONReader.Failure) {
    try reader.object { (reader, key) throws(JSONReader.Failure) in
      switch key {
      case "name": name = try reader.string()
      case "datatype": datatype = try reader.string()
      case "shape":
        var sizes: [Int] = []
        try reader.array { (reader) throws(JSONReader.Failure) in
          guard sizes.count < Self.mostAxes else {
            throw JSONReader.Failure(
              offset: reader.offset, expected: "at most \(Self.mostAxes) sizes", found: "more")
          }
          sizes.append(try reader.size())
        }
        shape = sizes
      case "data":
        data = try Numbers(&reader, most: elements)
      default: try reader.skip()
      }
    }
  }

  /// The tensor, once its parts suit one another. Nothing is allocated by what `shape` says:
  /// the numbers are there, and the shape has to fit them.
  func tensor(in place: String, most elements: Int) throws(HTTPFailure) -> Tensor {
    guard let shape else { throw .badRequest("\(place): \"shape\" expected, none given") }
    guard let named = datatype else {
      throw .badRequest("\(place): \"datatype\" expected, none given")
    }
    guard let datatype = Datatype(rawValue: named) else {
      let known = Datatype.allCases.map(\.rawValue).joined(separator: ", ")
      throw .badRequest(
        "\(place): datatype \"\(named.shown(20))\" is not known; known are \(known)")
    }
    guard let data else { throw .badRequest("\(place): \"data\" expected, none given") }
    guard let count = Shape(shape).checkedElementCount, count <= elements else {
      throw HTTPFailure(
        .contentTooLarge,
        "\(place): shape \(Shape(shape)) is of more than \(elements) elements, the most that is "
          + "taken")
    }
    guard data.values.count == count else {
      throw .badRequest(
        "\(place): shape \(Shape(shape)) needs \(count) numbers, \"data\" holds "
          + "\(data.values.count)")
    }
    guard data.sizes.count == 1 || data.sizes == shape else {
      throw .badRequest(
        "\(place): shape \(Shape(shape)), but the lists of \"data\" are of \(Shape(data.sizes))")
    }
    return try data.tensor(datatype, Shape(shape), in: place)
  }
}

extension TensorPayload.Numbers {
  init(_ reader: inout JSONReader, most elements: Int) throws(JSONReader.Failure) {
    try read(&reader, depth: 0, most: elements)
  }

  private mutating func read(
    _ reader: inout JSONReader, depth: Int, most elements: Int
  ) throws(JSONReader.Failure) {
    let start = reader.offset
    if depth == sizes.count {
      guard values.isEmpty else { throw reader.failure("a number, as before") }
      sizes.append(-1)
    }
    let count = try reader.array { (reader) throws(JSONReader.Failure) in
      let first = reader.next()
      if first == UInt8(ascii: "[") {
        return try read(&reader, depth: depth + 1, most: elements)
      }
      guard depth + 1 == sizes.count else { throw reader.failure("a list, as before") }
      guard values.count < elements else {
        throw JSONReader.Failure(
          offset: reader.offset, expected: "at most \(elements) numbers", found: "more")
      }
      let isWord = first == UInt8(ascii: "t") || first == UInt8(ascii: "f")
      values.append(isWord ? try reader.boolean() ? 1 : 0 : try reader.number())
    }
    guard sizes[depth] == -1 || sizes[depth] == count else {
      throw JSONReader.Failure(
        offset: start, expected: "lists of \(sizes[depth]) elements, as the first",
        found: "one of \(count)")
    }
    sizes[depth] = count
  }

  func tensor(
    _ datatype: Datatype, _ shape: Shape, in place: String
  ) throws(HTTPFailure) -> Tensor {
    if let range = datatype.integers {
      if let wrong = values.first(where: { !range.contains($0) || $0 != $0.rounded(.towardZero) }) {
        throw .badRequest("\(place): \(Self.words(wrong)) is no \(datatype.rawValue)")
      }
      return Tensor(values, shape: shape).converted(to: datatype.elementType)
    }
    switch datatype {
    case .fp32: return try float32(shape, in: place)
    case .fp64: return Tensor(values, shape: shape)
    default:
      let tensor = Tensor(values, shape: shape).converted(to: datatype.elementType)
      try checkRounded(tensor.doubles().lazy.map(\.isFinite), datatype, in: place)
      return tensor
    }
  }

  private func float32(_ shape: Shape, in place: String) throws(HTTPFailure) -> Tensor {
    let rounded = values.map(Float.init)
    try checkRounded(rounded.lazy.map(\.isFinite), .fp32, in: place)
    return Tensor(rounded, shape: shape)
  }

  /// A number is too large where it rounds to infinity, and not where it only has more digits than
  /// the largest of its type: those are how the largest is written, here too.
  private func checkRounded(
    _ areFinite: some Sequence<Bool>, _ datatype: Datatype, in place: String
  ) throws(HTTPFailure) {
    for (value, isFinite) in zip(values, areFinite) where !isFinite {
      throw .badRequest("\(place): \(value) is more than \(datatype.rawValue) holds")
    }
  }

  /// JSON readers may round integers beyond 2⁵³ − 1, as this one does.
  private static func words(_ value: Double) -> String {
    abs(value) >= 0x1p53 ? "a number beyond 2⁵³ − 1" : "\(value)"
  }
}
