// A small decoder-only transformer in the manner of GPT-2 (Radford et al., *Language Models are
// Unsupervised Multitask Learners*, 2019): tokens and places are looked up and added, blocks of
// attention and perceptron each read the norm of the stream and add to it, and a last norm and
// layer give each place the logits of the token behind it.
//
// Nothing about attention is a constant but the mask. Its scale 1/√d is in the first weights of
// the query, where growth finds it and training may change it. Weights begin at 1/√fan-in, those
// that add to the stream divided by √(2 · blocks), as in GPT-2.
extension NetworkBuilder {
  /// (N, T) of tokens → (N, T, classes). A stream of 128, 4 heads of 32, perceptrons of 512.
  mutating func gpt(
    _ tokens: Value, _ options: ArchitectureOptions
  ) throws(NetworkError) -> Value {
    let length = tokens.type.dimensions[1].size ?? 1
    let depth = options.depth ?? 4
    let shape = GPTShape(
      length: length, stream: options.width(128), heads: 4, headSize: options.width(32),
      hidden: options.width(512), residualScale: 1 / (2 * Double(depth)).squareRoot())
    var h = try layer(
      .gather(Gather()), [tokens],
      parameters: [
        ParameterSlot("weight", [options.classCount, shape.stream], .normal(deviation: 0.1))
      ],
      parametersFirst: true, name: "embed", kind: "embed")
    h = try layer(
      .elementwise(Elementwise(.add)), [h],
      parameters: [ParameterSlot("weight", [length, shape.stream], .normal(deviation: 0.1))],
      name: "position", kind: "position")
    let mask = CausalMask(
      isSeen: constant(
        "mask",
        Tensor(elementType: .bool, shape: [length, length]) { $0 % length <= $0 / length ? 1 : 0 }),
      // As good as −∞, and still a number.
      hidden: constant("hidden", Tensor([-1e9] as [Float], shape: [])))
    for block in 1...depth {
      h = try within("block\(block)") { (builder) throws(NetworkError) in
        let attended = try builder.attention(h, shape, mask)
        return try builder.perceptron(attended, shape)
      }
    }
    h = try layerNormalization(h, name: "norm")
    return try product(
      h, features: options.classCount, deviation: 1 / Double(shape.stream).squareRoot(),
      hasBias: false, name: "head")
  }

  private mutating func attention(
    _ stream: Value, _ shape: GPTShape, _ mask: CausalMask
  ) throws(NetworkError) -> Value {
    let x = try layerNormalization(stream)
    let deviation = 1 / Double(shape.stream).squareRoot()
    // (N, T, H·d) → (N, H, T, d), and the key's (N, H, d, T)
    let scaled = deviation / Double(shape.headSize).squareRoot()
    let q = try heads(x, shape, [0, 2, 1, 3], deviation: scaled, name: "query")
    let k = try heads(x, shape, [0, 2, 3, 1], deviation: deviation, name: "key")
    let v = try heads(x, shape, [0, 2, 1, 3], deviation: deviation, name: "value")
    let scores = try layer(
      .matrixProduct(MatrixProduct()), [q, k], name: "scores", kind: "scores")
    let seen = try layer(
      .selection(Selection()), [mask.isSeen, scores, mask.hidden], name: "seen", kind: "seen")
    let mixed = try layer(
      .matrixProduct(MatrixProduct()), [try softmax(seen), v], name: "mixed", kind: "mixed")
    let joined = try reshape(
      try transpose(mixed, permutation: [0, 2, 1, 3]),
      to: [0, shape.length, shape.heads * shape.headSize])
    let fanIn = Double(shape.heads * shape.headSize)
    return try add(
      stream,
      try product(
        joined, features: shape.stream, deviation: shape.residualScale / fanIn.squareRoot(),
        name: "attended"), name: "add1")
  }

  private mutating func heads(
    _ x: Value, _ shape: GPTShape, _ permutation: [Int], deviation: Double, name: String
  ) throws(NetworkError) -> Value {
    let all = try product(
      x, features: shape.heads * shape.headSize, deviation: deviation, name: name)
    let cut = try reshape(all, to: [0, shape.length, shape.heads, shape.headSize])
    return try transpose(cut, permutation: permutation)
  }

  private mutating func perceptron(
    _ stream: Value, _ shape: GPTShape
  ) throws(NetworkError) -> Value {
    let x = try layerNormalization(stream)
    var h = try product(
      x, features: shape.hidden, deviation: 1 / Double(shape.stream).squareRoot(), name: "fc1")
    h = try activation(.gelu(approximate: false), h)
    h = try product(
      h, features: shape.stream,
      deviation: shape.residualScale / Double(shape.hidden).squareRoot(), name: "fc2")
    return try add(stream, h, name: "add2")
  }

  /// (…, in) · (in, features), and a bias of 0.
  private mutating func product(
    _ x: Value, features: Int, deviation: Double, hasBias: Bool = true, name: String
  ) throws(NetworkError) -> Value {
    let inner = x.type.dimensions.last?.size ?? 0
    let weighted = try layer(
      .matrixProduct(MatrixProduct()), [x],
      parameters: [ParameterSlot("weight", [inner, features], .normal(deviation: deviation))],
      name: name, kind: "product")
    guard hasBias else { return weighted }
    return try layer(
      .elementwise(Elementwise(.add)), [weighted],
      parameters: [ParameterSlot("bias", [features], .constant(0))], name: "\(name).shift",
      kind: "shift")
  }
}

private struct GPTShape {
  var length: Int
  var stream: Int
  var heads: Int
  var headSize: Int
  var hidden: Int
  /// Of the first weights that add to the stream.
  var residualScale: Double
}

/// Which places each place sees, and the score of those it does not.
private struct CausalMask {
  /// (T, T)
  let isSeen: NetworkBuilder.Value
  let hidden: NetworkBuilder.Value
}
