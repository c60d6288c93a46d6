internal import OrderedCollections
public import Net2Net

/// A small network with one feature that growth must get right.
public struct Fixture: Sendable, CustomStringConvertible {
  public let name: String
  private let build: @Sendable (inout NetworkBuilder) throws(NetworkError) -> NetworkBuilder.Value
  private let finish: @Sendable (inout Network) -> Void

  /// - Parameter finish: what a builder cannot do, such as nodes of several results.
  init(
    _ name: String, finish: @escaping @Sendable (inout Network) -> Void = { _ in },
    _ build:
      @escaping @Sendable (inout NetworkBuilder) throws(NetworkError) ->
      NetworkBuilder.Value
  ) {
    self.name = name
    self.build = build
    self.finish = finish
  }

  /// With every constant parameter replaced by a drawn one: zero biases, unit scales and zero
  /// statistics would hide mistakes.
  public func network() throws -> Network {
    var builder = NetworkBuilder(name: name, seed: 11)
    let output = try build(&builder)
    var network = try builder.network(output: output)
    finish(&network)
    return network.withDrawnConstants(seed: 5)
  }

  public var description: String { name }

  public static func named(_ name: String) -> Fixture? { all.first { $0.name == name } }

  public static let all: [Fixture] = ofLayers + ofTokens + ofNorms + ofPositions + ofElements

  private static let ofLayers: [Fixture] = [
    Fixture("chain") { (b) throws(NetworkError) in
      var h = try b.dense(b.input([6]), features: 5)
      h = try b.relu(h)
      h = try b.relu(b.dense(h, features: 7))
      return try b.dense(h, features: 3)
    },
    Fixture("flattened channels") { (b) throws(NetworkError) in
      var h = try b.convolution(b.input([2, 6, 6]), channels: 4, kernel: [3, 3])
      h = try b.pool(.maximum, try b.relu(h), kernel: [2, 2])
      return try b.dense(try b.flatten(h), features: 3)
    },
    Fixture("residual") { (b) throws(NetworkError) in
      let stem = try b.relu(b.convolution(b.input([2, 5, 5]), channels: 4, kernel: [3, 3]))
      let inner = try b.within("block") { (b) throws(NetworkError) in
        var h = try b.convolution(stem, channels: 6, kernel: [3, 3], hasBias: false)
        h = try b.relu(b.batchNormalization(h))
        h = try b.convolution(h, channels: 4, kernel: [3, 3], hasBias: false)
        h = try b.batchNormalization(h)
        return try b.relu(b.add(stem, h))
      }
      return try b.dense(try b.flatten(b.globalAveragePool(inner)), features: 3)
    },
    Fixture("sequence convolution") { (b) throws(NetworkError) in
      var h = try b.convolution(b.input([3, 9]), channels: 4, kernel: [3], hasBias: false)
      h = try b.relu(b.batchNormalization(h))
      h = try b.convolution(
        h, channels: 5, kernel: [3], strides: [2], padding: .explicit([2, 2]), dilations: [2])
      h = try b.activation(.gelu(approximate: false), h)
      return try b.dense(try b.flatten(h), features: 3)
    },
    Fixture("convolution of any length") { (b) throws(NetworkError) in
      let x = b.input(sizes: [3, .symbolic("T")])
      var h = try b.relu(b.batchNormalization(b.convolution(x, channels: 4, kernel: [3])))
      h = try b.relu(b.convolution(h, channels: 5, kernel: [1]))
      return try b.dense(try b.flatten(b.globalAveragePool(h)), features: 3)
    },
    // As torch exports linear layers in training form, with a literal and temperatures behind.
    Fixture("transposed weights") { (b) throws(NetworkError) in
      let h = try b.relu(b.dense(b.input([5]), features: 4))
      func layer(
        _ b: inout NetworkBuilder, _ name: String, _ operation: Operator,
        _ values: [NetworkBuilder.Value], _ slots: ParameterSlot...
      ) throws(NetworkError) -> NetworkBuilder.Value {
        try b.layer(operation, values, parameters: slots, name: name, kind: name)
      }
      let stream = try b.within("block") { (b) throws(NetworkError) in
        let weight = try layer(
          &b, "turned", .transposition(Transposition(permutation: [1, 0])), [],
          ParameterSlot("weight", [4, 4], .he(fanIn: 4)))
        let product = try layer(&b, "product", .matrixProduct(MatrixProduct()), [h, weight])
        let half = try layer(
          &b, "scaled", .elementwise(Elementwise(.multiply)), [product],
          ParameterSlot("half", [], .constant(0.5)))
        let temperature = try layer(
          &b, "temperature", .activation(Activation(.exponential)), [],
          ParameterSlot("logarithm", [4], .constant(0.2)))
        return try b.add(h, b.multiply(half, temperature))
      }
      return try b.dense(stream, features: 3)
    },
    Fixture("bias beside a transposed weight") { (b) throws(NetworkError) in
      let h = try b.relu(b.dense(b.input([5]), features: 4))
      let stream = try b.within("block") { (b) throws(NetworkError) in
        let weight = try b.layer(
          .transposition(Transposition(permutation: [1, 0])), [],
          parameters: [ParameterSlot("weight", [4, 4], .he(fanIn: 4))], name: "turned",
          kind: "turned")
        let product = try b.layer(
          .dense(Dense(transposesWeight: false)), [h, weight],
          parameters: [ParameterSlot("bias", [4], .constant(0))], name: "product", kind: "product")
        return try b.add(h, product)
      }
      return try b.dense(stream, features: 3)
    },
    Fixture("joined branches") { (b) throws(NetworkError) in
      let x = b.input([2, 5, 5])
      let left = try b.relu(b.convolution(x, channels: 3, kernel: [1, 1]))
      let right = try b.relu(b.convolution(x, channels: 5, kernel: [1, 3]))
      let pooled = try b.pool(
        .average, left, kernel: [3, 3], strides: [1, 1], padding: .explicit([1, 1, 1, 1]))
      // `left` is joined twice, once pooled.
      var h = try b.concatenate([left, right, pooled])
      h = try b.relu(b.convolution(h, channels: 4, kernel: [3, 3]))
      return try b.dense(try b.flatten(h), features: 3)
    },
    // As DenseNet's exports have it: every layer joins all that came before anew.
    Fixture("dense block") { (b) throws(NetworkError) in
      var parts = [try b.convolution(b.input([2, 5, 5]), channels: 4, kernel: [3, 3])]
      for number in 1...2 {
        let layer = try b.within("layer\(number)") { (b) throws(NetworkError) in
          var h = try b.relu(b.batchNormalization(b.concatenate(parts)))
          h = try b.convolution(h, channels: 6, kernel: [1, 1], hasBias: false)
          h = try b.relu(b.batchNormalization(h))
          return try b.convolution(h, channels: 3, kernel: [3, 3])
        }
        parts.append(layer)
      }
      let h = try b.relu(b.batchNormalization(b.concatenate(parts)))
      return try b.dense(try b.flatten(h), features: 3)
    },
    // A skip connection that joins, around one that joins.
    Fixture("joined skips") { (b) throws(NetworkError) in
      let x = try b.relu(b.convolution(b.input([2, 6, 6]), channels: 4, kernel: [3, 3]))
      let joined = try b.within("outer") { (b) throws(NetworkError) in
        let y = try b.within("inner") { (b) throws(NetworkError) in
          let y = try b.activation(.tanh, b.convolution(x, channels: 3, kernel: [3, 3]))
          return try b.concatenate([x, y])
        }
        let z = try b.convolution(y, channels: 2, kernel: [1, 1])
        return try b.concatenate([z, y])
      }
      let h = try b.convolution(joined, channels: 3, kernel: [1, 1])
      return try b.dense(try b.flatten(b.globalAveragePool(h)), features: 2)
    },
    Fixture("depthwise") { (b) throws(NetworkError) in
      var h = try b.relu(b.convolution(b.input([2, 5, 5]), channels: 4, kernel: [1, 1]))
      h = try b.convolution(h, channels: 4, kernel: [3, 3], groups: 4)
      h = try b.relu(b.batchNormalization(h))
      h = try b.convolution(h, channels: 3, kernel: [1, 1])
      return try b.dense(try b.flatten(b.globalAveragePool(h)), features: 2)
    },
    Fixture("depthwise multiplier") { (b) throws(NetworkError) in
      var h = try b.relu(b.convolution(b.input([2, 5, 5]), channels: 3, kernel: [1, 1]))
      h = try b.relu(b.convolution(h, channels: 6, kernel: [3, 3], groups: 3))
      h = try b.convolution(h, channels: 4, kernel: [1, 1])
      return try b.dense(try b.flatten(b.globalAveragePool(h)), features: 2)
    },
    Fixture("grouped") { (b) throws(NetworkError) in
      var h = try b.relu(b.convolution(b.input([2, 5, 5]), channels: 6, kernel: [1, 1]))
      h = try b.relu(b.convolution(h, channels: 4, kernel: [3, 3], groups: 2))
      h = try b.convolution(h, channels: 3, kernel: [1, 1])
      return try b.dense(try b.flatten(b.globalAveragePool(h)), features: 2)
    },
    Fixture("gate") { (b) throws(NetworkError) in
      let h = try b.relu(b.convolution(b.input([2, 5, 5]), channels: 4, kernel: [3, 3]))
      let gated = try b.within("gate") { (b) throws(NetworkError) in
        var g = try b.convolution(b.globalAveragePool(h), channels: 2, kernel: [1, 1])
        g = try b.convolution(try b.relu(g), channels: 4, kernel: [1, 1])
        return try b.multiply(h, try b.activation(.sigmoid, g))
      }
      return try b.dense(
        try b.flatten(b.convolution(gated, channels: 3, kernel: [3, 3])), features: 2)
    },
    Fixture("strided and dilated") { (b) throws(NetworkError) in
      var h = try b.convolution(
        b.input([2, 9, 8]), channels: 4, kernel: [3, 5], strides: [2, 1], dilations: [2, 1])
      h = try b.activation(.leakyRelu(slope: 0.1), h)
      h = try b.convolution(h, channels: 3, kernel: [2, 2], padding: .sameUpper)
      return try b.dense(try b.flatten(try b.relu(h)), features: 2)
    },
    Fixture("layer norm") { (b) throws(NetworkError) in
      var h = try b.dense(b.input([5]), features: 4)
      h = try b.layerNormalization(h)
      h = try b.dense(try b.activation(.gelu(approximate: false), h), features: 6)
      return try b.dense(try b.activation(.tanh, h), features: 3)
    },
    // A ReLU of means is no mean of ReLUs: equal copies only.
    Fixture("rectified layer norm") { (b) throws(NetworkError) in
      var h = try b.relu(b.dense(b.input([5]), features: 4))
      h = try b.dense(try b.layerNormalization(h), features: 6)
      return try b.dense(try b.activation(.tanh, h), features: 3)
    },
    Fixture("regrouped features") { (b) throws(NetworkError) in
      var h = try b.relu(b.dense(b.input([5]), features: 8))
      h = try b.reshape(h, to: [0, 2, 4])
      h = try b.transpose(h, permutation: [0, 2, 1])
      h = try b.reshape(h, to: [0, -1])
      return try b.dense(h, features: 3)
    },
    Fixture("silu and softplus") { (b) throws(NetworkError) in
      var h = try b.dense(b.input([5]), features: 4)
      h = try b.multiply(h, try b.activation(.sigmoid, h))
      h = try b.activation(.softplus, try b.dense(h, features: 5))
      h = try b.activation(.hardSwish, try b.dense(h, features: 4))
      return try b.dense(try b.activation(.elu(alpha: 1), h), features: 3)
    },
    Fixture("embedded tokens") { (b) throws(NetworkError) in
      var h = try b.embedding(b.input([5], elementType: .int64), count: 7, features: 6)
      let start = try b.layer(
        .expand(Expand(target: [.symbolic("N"), 1, 6])), [],
        parameters: [ParameterSlot("token", [1, 1, 6], .he(fanIn: 2))], name: nil, kind: "start")
      h = try b.concatenate([start, h])
      let weight = ParameterSlot("weight", [6, 4], .he(fanIn: 6))
      h = try b.layer(
        .matrixProduct(MatrixProduct()), [h], parameters: [weight], name: nil, kind: "project")
      h = try b.layer(
        .slice(Slice([Slice.Cut(axis: 1, start: 0, count: 1)])),
        [try b.activation(.tanh, h)], name: nil,
        kind: "first")
      h = try b.relu(b.dense(try b.flatten(h), features: 5))
      return try b.dense(h, features: 3)
    },
    Fixture("sliced channels") { (b) throws(NetworkError) in
      let h = try b.convolution(b.input([2, 5, 5]), channels: 7, kernel: [3, 3])
      func piece(_ b: inout NetworkBuilder, from start: Int, _ count: Dimension)
        throws(NetworkError) -> NetworkBuilder.Value
      {
        let places = Slice.Cut(axis: 2, start: 0, count: 3, step: 2)
        let channels = Slice.Cut(axis: 1, start: start, count: count)
        return try b.layer(.slice(Slice([channels, places])), [h], name: nil, kind: "slice")
      }
      let left = try b.relu(b.convolution(piece(&b, from: 0, 3), channels: 4, kernel: [1, 1]))
      let joined = try b.concatenate([left, try piece(&b, from: 3, 4)])
      return try b.dense(try b.flatten(joined), features: 2)
    },
    Fixture("placed elements") { (b) throws(NetworkError) in
      func layer(
        _ b: inout NetworkBuilder, _ operation: Operator, _ values: NetworkBuilder.Value...
      ) throws(NetworkError) -> NetworkBuilder.Value {
        try b.layer(operation, values, name: nil, kind: operation.definition.name.lowercased())
      }
      var h = try b.dense(b.input([5]), features: 4)
      h = try layer(&b, .pad(Pad(begins: [0, 1], ends: [0, 2], value: 0.5)), h)
      h = try layer(&b, .tile(Tile(repeats: [1, 2])), h)
      h = try b.relu(b.dense(h, features: 6))
      let place = try layer(&b, .extremePlace(ExtremePlace(.largest, axis: 1)), h)
      let row = try layer(&b, .range(CountingRange(limit: .symbolic("N"))))
      let places = try b.concatenate([b.reshape(row, to: [-1, 1]), place])
      let largest = try layer(&b, .gatherND(GatherND()), h, places)
      let negated = try b.activation(.negate, largest)
      let marks = try b.reshape(layer(&b, .oneHot(OneHot(depth: 6)), place), to: [0, 6])
      let sums = try b.reshape(
        layer(&b, .cumulativeSum(CumulativeSum(axis: 1, isExclusive: true)), h), to: [0, 2, 3])
      h = try b.concatenate([
        layer(&b, .gatherElements(GatherElements(axis: 1)), h, place),
        layer(&b, .scatterND(ScatterND()), h, places, negated), marks,
        b.reshape(layer(&b, .triangle(Triangle(isUpper: false)), sums), to: [0, 6]),
      ])
      return try b.dense(h, features: 3)
    },
    Fixture("chosen elements") { (b) throws(NetworkError) in
      let h = try b.dense(b.input([5]), features: 4)
      let threshold = ParameterSlot("threshold", [], .constant(0.2))
      let isLarge = try b.layer(
        .comparison(Comparison(.greater)), [h], parameters: [threshold], name: nil, kind: "test")
      let isSmall = try b.layer(.predicate(Predicate(.not)), [isLarge], name: nil, kind: "not")
      let small = try b.layer(.cast(Cast(to: .float32)), [isSmall], name: nil, kind: "cast")
      let chosen = try b.layer(
        .selection(Selection()), [isLarge, h, try b.multiply(h, small)], name: nil, kind: "choice")
      return try b.dense(try b.relu(b.dense(chosen, features: 5)), features: 3)
    },
  ]
}

extension Network {
  /// Biases, scales and statistics drawn instead of constant, variances kept positive.
  public func withDrawnConstants(seed: UInt64) -> Network {
    var drawn = self
    for (name, parameter) in parameters {
      let draw = Draw(seed: seed).derived(for: name)
      let value: @Sendable (Int) -> Double
      switch kind(ofParameter: name) {
      case .bias, .runningMean: value = { 0.3 * draw.normal($0) }
      case .scale, .runningVariance: value = { 0.5 + draw.uniform($0) }
      case .weight, nil: continue
      }
      drawn.setParameter(
        Parameter(
          name: name,
          tensor: Tensor(
            elementType: parameter.elementType, shape: parameter.shape, generating: value)))
    }
    return drawn
  }
}
