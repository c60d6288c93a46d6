import Net2Net

/// Networks of tokens: (N, T, C) values, products of two activations, windows.
extension Fixture {
  static let ofTokens: [Fixture] = [
    Fixture("attention") { (b) throws(NetworkError) in
      var h = try b.linear(b.input([5, 6]), features: 8)
      h = try b.add(parameter: "position", [1, 5, 8], to: h)
      h = try b.within("block") { (b) throws(NetworkError) in
        let x = try b.layerNormalization(h)
        let q = try b.heads(of: x, heads: 2, size: 3, permutation: [0, 2, 1, 3])
        let k = try b.heads(of: x, heads: 2, size: 3, permutation: [0, 2, 3, 1])
        let v = try b.heads(of: x, heads: 2, size: 3, permutation: [0, 2, 1, 3])
        let scores = try b.softmax(try b.product(q, k))
        let mixed = try b.transpose(try b.product(scores, v), permutation: [0, 2, 1, 3])
        return try b.add(h, try b.linear(try b.reshape(mixed, to: [0, 5, 6]), features: 8))
      }
      h = try b.activation(.gelu(approximate: false), try b.linear(h, features: 4))
      return try b.dense(try b.flatten(h), features: 3)
    },
    // Rows of all texts at once, heads of a batch of N·2 for a while, and a mean by a size as a number.
    Fixture("attention at any length") { (b) throws(NetworkError) in
      let t = Dimension.symbolic("T")
      let h = try b.linear(b.input(sizes: [t, 6]), features: 8)
      let rows = try b.reshape(h, to: [-1, 8])
      func heads(_ b: inout NetworkBuilder, _ permutation: [Int]) throws(NetworkError)
        -> NetworkBuilder.Value
      {
        let projected = try b.dense(rows, features: 6)
        return try b.transpose(b.reshape(projected, to: [-1, t, 2, 3]), permutation: permutation)
      }
      let q = try heads(&b, [0, 2, 1, 3])
      let rowsOfKeys = try b.reshape(heads(&b, [0, 2, 1, 3]), to: [-1, t, 3])
      let k = try b.reshape(
        b.transpose(rowsOfKeys, permutation: [0, 2, 1]), to: [-1, 2, 3, t])
      let scores = try b.softmax(try b.product(q, k))
      let mixed = try b.product(scores, try heads(&b, [0, 2, 1, 3]))
      let back = try b.reshape(b.transpose(mixed, permutation: [0, 2, 1, 3]), to: [0, 0, 6])
      let stream = try b.add(h, b.relu(b.linear(back, features: 8)))
      let sum = try b.layer(
        .reduction(Reduction(.sum, axes: [1], keepsAxes: false)), [stream], name: nil, kind: "sum")
      let length = try b.layer(
        .sizeList(SizeList([t], isScalar: true)), [], name: nil, kind: "size")
      let count = try b.layer(.cast(Cast(to: .float32)), [length], name: nil, kind: "cast")
      let mean = try b.layer(
        .elementwise(Elementwise(.divide)), [sum, count], name: nil, kind: "mean")
      return try b.dense(mean, features: 3)
    },
    // GPT-2's embedding, which is its head as well.
    Fixture("tied head behind a layer norm") { (b) throws(NetworkError) in
      let table = b.constant(
        "table",
        Tensor(elementType: .float32, shape: [7, 6]) { Double(($0 * 5 + 3) % 11) / 8 - 0.6 })
      let ids = b.input([5], elementType: .int64)
      var h = try b.layer(.gather(Gather(axis: 0)), [table, ids], name: nil, kind: "embed")
      h = try b.add(parameter: "position", [1, 5, 6], to: h)
      h = try b.within("block") { (b) throws(NetworkError) in
        let x = try b.layerNormalization(h)
        let inner = try b.activation(.gelu(approximate: false), b.linear(x, features: 8))
        return try b.add(h, try b.linear(inner, features: 6))
      }
      let last = try b.layerNormalization(h, name: "last")
      let scores = try b.product(last, try b.transpose(table, permutation: [1, 0]))
      return try b.dense(try b.flatten(b.relu(scores)), features: 3)
    },
    // Swin v2's fused q, k, v: the middle third of their bias is overwritten with zeros.
    Fixture("overwritten bias") { (b) throws(NetworkError) in
      let h = try b.linear(b.input([5, 6]), features: 8)
      let bias = try b.overwrittenBias(pieces: [6, 6, 6])
      let projected = try b.layer(
        .matrixProduct(MatrixProduct()), [h],
        parameters: [ParameterSlot("weight", [8, 18], .he(fanIn: 8))], name: nil, kind: "qkv")
      let sum = try b.layer(
        .elementwise(Elementwise(.add)), [projected, bias], name: nil, kind: "plus")
      let cut = try b.transpose(
        b.reshape(sum, to: [0, 5, 3, 2, 3]), permutation: [2, 0, 3, 1, 4])
      let q = try b.picked(0, of: cut)
      let k = try b.transpose(b.picked(1, of: cut), permutation: [0, 1, 3, 2])
      let mixed = try b.product(try b.softmax(b.product(q, k)), b.picked(2, of: cut))
      let back = try b.reshape(b.transpose(mixed, permutation: [0, 2, 1, 3]), to: [0, 5, 6])
      return try b.dense(try b.flatten(b.relu(b.linear(back, features: 4))), features: 3)
    },
    // 4 tokens in windows of 2 are a batch of N·2 for a while.
    Fixture("windows") { (b) throws(NetworkError) in
      var h = try b.linear(b.input([4, 6]), features: 8)
      h = try b.reshape(h, to: [-1, 2, 8])
      let k = try b.transpose(h, permutation: [0, 2, 1])
      h = try b.product(try b.softmax(try b.product(h, k)), h)
      h = try b.relu(try b.linear(h, features: 5))
      h = try b.reshape(h, to: [-1, 4, 5])
      return try b.dense(try b.flatten(h), features: 3)
    },
  ]
}

extension NetworkBuilder {
  fileprivate mutating func reshape(
    _ x: Value, to target: [Dimension]
  ) throws(NetworkError) -> Value {
    try layer(.reshape(Reshape(target: target)), [x], name: nil, kind: "view")
  }

  /// A vector of which the second piece is overwritten with zeros, as it is read from a file.
  fileprivate mutating func overwrittenBias(pieces: [Int]) throws(NetworkError) -> Value {
    let count = pieces.reduce(0, +)
    let bias = constant(
      "overwritten", Tensor(elementType: .float32, shape: [count]) { Double($0 * 7 % 5) / 4 - 0.6 })
    let zeros = constant("zeros", Tensor(elementType: .float32, shape: [pieces[1]], repeating: 0))
    let never = constant("never", Tensor(elementType: .bool, shape: [], repeating: 0))
    var start = 0
    var parts: [Value] = []
    for size in pieces {
      let cut = Slice.Cut(axis: 0, start: start, count: .fixed(size))
      parts.append(try layer(.slice(Slice([cut])), [bias], name: nil, kind: "piece"))
      start += size
    }
    parts[1] = try layer(
      .selection(Selection()), [never, parts[1], zeros], name: nil, kind: "written")
    return try layer(.concatenation(Concatenation(axis: 0)), parts, name: nil, kind: "joined")
  }

  /// Entry `index` of the first axis.
  fileprivate mutating func picked(_ index: Int64, of x: Value) throws(NetworkError) -> Value {
    let place = constant("place\(index)", Tensor([index], shape: []))
    return try layer(.gather(Gather(axis: 0)), [x, place], name: nil, kind: "picked")
  }

  /// (N, T, C) · (C, features) + bias.
  fileprivate mutating func linear(_ x: Value, features: Int) throws(NetworkError) -> Value {
    let inner = x.type.dimensions.last?.size ?? 0
    let product = try layer(
      .matrixProduct(MatrixProduct()), [x],
      parameters: [ParameterSlot("weight", [inner, features], .he(fanIn: inner))], name: nil,
      kind: "linear")
    return try add(parameter: "bias", [features], to: product)
  }

  fileprivate mutating func add(
    parameter: String, _ shape: Shape, to x: Value
  ) throws(NetworkError) -> Value {
    try layer(
      .elementwise(Elementwise(.add)), [x],
      parameters: [ParameterSlot(parameter, shape, .he(fanIn: 8))], name: nil, kind: "plus")
  }

  fileprivate mutating func product(_ a: Value, _ b: Value) throws(NetworkError) -> Value {
    try layer(.matrixProduct(MatrixProduct()), [a, b], name: nil, kind: "product")
  }

  fileprivate mutating func heads(
    of x: Value, heads: Int, size: Int, permutation: [Int]
  ) throws(NetworkError) -> Value {
    let projected = try linear(x, features: heads * size)
    let cut = try reshape(projected, to: [0, 5, heads, size])
    return try transpose(cut, permutation: permutation)
  }
}
