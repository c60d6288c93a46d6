import Net2Net

/// Networks of (N, T, C) values that move, count and pick positions while the C channels grow.
extension Fixture {
  static let ofPositions: [Fixture] = [
    Fixture("positions moved") { (b) throws(NetworkError) in
      var h = try b.channels(b.input([4, 3]), count: 5)
      h = try b.layer(.pad(Pad(begins: [0, 1, 0], ends: [0, 1, 0], value: 0.5)), h)
      h = try b.layer(.cumulativeSum(CumulativeSum(axis: 1, isReversed: true)), h)
      h = try b.layer(.tile(Tile(repeats: [1, 2, 1])), h)
      h = try b.transpose(try b.reshape(h, to: [0, 4, 3, 5]), permutation: [0, 3, 1, 2])
      h = try b.layer(.triangle(Triangle(isUpper: false, diagonal: -1)), h)
      let mean = try b.layer(.reduction(Reduction(.mean, axes: [3], keepsAxes: true)), h)
      h = try b.add(h, b.layer(.expand(Expand(target: [1, 1, 4, 3])), mean))
      return try b.head(try b.flatten(h))
    },
    Fixture("positions picked by number") { (b) throws(NetworkError) in
      let h = try b.channels(b.input([4, 3]), count: 5)
      let places = b.constant("places", Tensor([Int64(2), 0], shape: [2, 1]))
      let rows = try b.transpose(h, permutation: [1, 0, 2])
      let picked = try b.layer(.gatherND(GatherND()), rows, places)
      let halved = try b.layer(
        .combination(Combination(.mean)), picked, try b.activation(.negate, picked), picked)
      let written = try b.layer(.scatterND(ScatterND()), rows, places, halved)
      let last = b.constant("last", Tensor([Int64(3)], shape: []))
      let end = try b.layer(.gather(Gather(axis: 0)), written, last)
      let back = try b.flatten(b.transpose(written, permutation: [1, 0, 2]))
      return try b.head(try b.concatenate([back, b.activation(.sigmoid, end)]))
    },
    Fixture("channels as positions") { (b) throws(NetworkError) in
      var h = try b.relu(b.convolution(b.input([2, 3, 3]), channels: 12, kernel: [3, 3]))
      h = try b.layer(.depthToSpace(DepthToSpace(blockSize: 2, isUnitMajor: true)), h)
      h = try b.relu(b.convolution(h, channels: 8, kernel: [3, 3]))
      h = try b.layer(.depthToSpace(DepthToSpace(blockSize: 2, isUnitMajor: false)), h)
      return try b.head(try b.flatten(h))
    },
    // Copies of a channel are largest at the same position.
    Fixture("positions of extremes") { (b) throws(NetworkError) in
      let h = try b.channels(b.input([4, 3]), count: 5)
      let place = try b.layer(
        .extremePlace(ExtremePlace(.smallest, axis: 1, keepsAxis: false)), h)
      let marks = try b.layer(.oneHot(OneHot(axis: 1, depth: 4, off: 0.25)), place)
      let chosen = try b.multiply(h, marks)
      return try b.head(try b.flatten(b.softmax(chosen, axis: 1)))
    },
  ]

  static let ofElements: [Fixture] = [
    Fixture("split channels", finish: { $0.split("left", "right", sizes: [3, 4]) }) {
      (b) throws(NetworkError) in
      let h = try b.convolution(b.input([2, 5, 5]), channels: 7, kernel: [3, 3])
      func piece(_ b: inout NetworkBuilder, _ name: String, from start: Int, _ count: Dimension)
        throws(NetworkError) -> NetworkBuilder.Value
      {
        let cut = Slice.Cut(axis: 1, start: start, count: count)
        return try b.layer(.slice(Slice([cut])), [h], name: name, kind: "slice")
      }
      let left = try piece(&b, "left", from: 0, 3)
      let right = try piece(&b, "right", from: 3, 4)
      let joined = try b.concatenate([b.activation(.tanh, right), b.relu(left)])
      return try b.head(try b.flatten(joined))
    },
    Fixture("units folded and sloped") { (b) throws(NetworkError) in
      let h = try b.dense(b.input([6]), features: 7)
      let folded = try b.layer(
        .modulo(Modulo(truncates: true)), [h],
        parameters: [ParameterSlot("period", [], .constant(0.7))], name: nil, kind: "folded")
      let sloped = try b.layer(
        .parametricRelu(ParametricRelu()), [try b.dropout(folded, ratio: 0.3)],
        parameters: [ParameterSlot("slope", [7], .constant(0.25))], name: nil, kind: "sloped")
      let same = try b.layer(.identity(Identity()), sloped)
      let highest = try b.layer(.combination(Combination(.maximum)), same, h)
      return try b.head(highest)
    },
  ]
}

extension Network {
  /// Two slices that follow one another, as one split.
  fileprivate mutating func split(_ first: String, _ second: String, sizes: [Int]) {
    guard let index = graph.nodes.firstIndex(where: { $0.name == first }) else { return }
    graph.nodes.removeAll { $0.name == second }
    graph.nodes[index].operation = .split(Split(axis: 1, sizes: sizes))
    graph.nodes[index].outputs.append(second)
  }
}

extension NetworkBuilder {
  /// (N, T, F) · (F, count), and tanh.
  fileprivate mutating func channels(_ x: Value, count: Int) throws(NetworkError) -> Value {
    let features = x.type.dimensions.last?.size ?? 0
    let product = try layer(
      .matrixProduct(MatrixProduct()), [x],
      parameters: [ParameterSlot("weight", [features, count], .he(fanIn: features))], name: nil,
      kind: "project")
    return try activation(.tanh, product)
  }

  /// With a site that gains by an identity layer.
  fileprivate mutating func head(_ x: Value) throws(NetworkError) -> Value {
    try dense(try relu(try dense(x, features: 4)), features: 3)
  }

  fileprivate mutating func layer(
    _ operation: Operator, _ values: Value...
  ) throws(NetworkError) -> Value {
    try layer(operation, values, name: nil, kind: operation.definition.name.lowercased())
  }
}
