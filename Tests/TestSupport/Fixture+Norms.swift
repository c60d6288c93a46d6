import Net2Net

/// Networks that summarise their units.
extension Fixture {
  static let ofNorms: [Fixture] = [
    // A residual stream that grows to any size.
    Fixture("root mean squares") { (b) throws(NetworkError) in
      var h = try b.dense(b.input([6]), features: 5)
      h = try b.within("block") { (b) throws(NetworkError) in
        let x = try b.rmsNormalization(h, epsilon: 0.1)
        let inner = try b.activation(.gelu(approximate: true), try b.dense(x, features: 4))
        return try b.add(h, try b.dense(inner, features: 5))
      }
      return try b.dense(try b.rmsNormalization(h, epsilon: 0.1), features: 3)
    },
    Fixture("group norm") { (b) throws(NetworkError) in
      var h = try b.convolution(b.input([2, 5, 5]), channels: 6, kernel: [3, 3])
      h = try b.relu(try b.groupNormalization(h, groups: 3, epsilon: 0.1))
      h = try b.convolution(h, channels: 4, kernel: [3, 3])
      h = try b.relu(try b.instanceNormalization(h, epsilon: 0.1))
      return try b.dense(try b.flatten(h), features: 3)
    },
    // As torch's exporters write it for operator set 20.
    Fixture("group norm in pieces") { (b) throws(NetworkError) in
      var h = try b.convolution(b.input([2, 5, 5]), channels: 6, kernel: [3, 3])
      h = try b.instanceNormalization(try b.reshape(h, to: [0, 3, -1]), epsilon: 0.1)
      h = try b.reshape(h, to: [0, 6, 5, 5])
      h = try b.scaled(h, [6, 1, 1])
      return try b.dense(try b.flatten(try b.relu(h)), features: 3)
    },
    // q · kᵀ of features of length 1, and a weight that is read by letters.
    Fixture("lengths and letters") { (b) throws(NetworkError) in
      let h = try b.relu(try b.dense(b.input([6]), features: 5))
      let length = try b.reduce(.l2, h)
      let unit = try b.layer(
        .elementwise(Elementwise(.divide)), [h, length], parameters: [], name: nil, kind: "unit")
      let read = try b.einsum("nc,dc->nd", unit, [4, 5])
      let largest = try b.reduce(.maximum, read)
      return try b.dense(try b.concatenate([try b.relu(read), largest]), features: 3)
    },
  ]
}

extension NetworkBuilder {
  /// Times a parameter of the given shape.
  fileprivate mutating func scaled(_ x: Value, _ shape: Shape) throws(NetworkError) -> Value {
    try layer(
      .elementwise(Elementwise(.multiply)), [x],
      parameters: [ParameterSlot("scale", shape, .constant(1))], name: nil, kind: "scaled")
  }

  fileprivate mutating func reduce(
    _ function: Reduction.Function, _ x: Value
  ) throws(NetworkError) -> Value {
    try layer(
      .reduction(Reduction(function, axes: [1], keepsAxes: true)), [x], parameters: [], name: nil,
      kind: "reduction")
  }

  fileprivate mutating func einsum(
    _ equation: String, _ x: Value, _ shape: Shape
  ) throws(NetworkError) -> Value {
    guard let einsum = try? Einsum(equation) else { return x }
    return try layer(
      .einsum(einsum), [x], parameters: [ParameterSlot("weight", shape, .he(fanIn: shape[1]))],
      name: nil, kind: "einsum")
  }
}
