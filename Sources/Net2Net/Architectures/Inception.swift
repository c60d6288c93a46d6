// In the manner of Inception-BN (Ioffe and Szegedy, *Batch Normalization*, arXiv 1502.03167) for
// small pictures. A module has four branches over one input, joined channel by channel:
//
//     branch1x1   1×1
//     branch3x3   1×1, 3×3
//     branch5x5   1×1, 1×5, 5×1      a factorised 5×5
//     branch_pool average over 3×3, 1×1
//
// Every convolution is followed by batch norm and ReLU. Half of the modules see the picture at
// half its size, half at a quarter. As in the Net2Net paper, the width factor changes only
// channels inside modules; the stem keeps its 32.
extension NetworkBuilder {
  mutating func inception(
    _ input: Value, _ options: ArchitectureOptions
  ) throws(NetworkError) -> Value {
    let depth = options.depth ?? 4
    guard depth % 2 == 0 else {
      throw .architecture("inception", reason: "a depth of \(depth); an even number expected")
    }
    var h = try normalizedConvolution(input, channels: 32, kernel: [3, 3])
    h = try pool(.maximum, h, kernel: [2, 2])
    for module in 1...depth {
      let isLate = module > depth / 2
      if module == depth / 2 + 1 { h = try pool(.maximum, h, kernel: [2, 2]) }
      h = try within("mixed\(module)") { (builder) throws(NetworkError) in
        try builder.inceptionModule(h, base: isLate ? 32 : 16, options)
      }
    }
    h = try flatten(try globalAveragePool(h, name: "pool"), name: "flatten")
    return try dense(h, features: options.classCount, name: "head")
  }

  /// 4 · `base` channels come out when the width factor is 1.
  private mutating func inceptionModule(
    _ x: Value, base: Int, _ options: ArchitectureOptions
  ) throws(NetworkError) -> Value {
    let width = options.width(base)
    let one = try branch("branch1x1", x, [(width, [1, 1])])
    let three = try branch(
      "branch3x3", x, [(width, [1, 1]), (options.width(base * 3 / 2), [3, 3])])
    let five = try branch(
      "branch5x5", x, [(width, [1, 1]), (width, [1, 5]), (width, [5, 1])])
    let surroundings = try pool(
      .average, x, kernel: [3, 3], strides: [1, 1], padding: .explicit([1, 1, 1, 1]),
      name: "branch_pool.pool")
    let pooled = try branch("branch_pool", surroundings, [(options.width(base / 2), [1, 1])])
    return try concatenate([one, three, five, pooled], name: "concat")
  }

  private mutating func branch(
    _ name: String, _ x: Value, _ layers: [(channels: Int, kernel: [Int])]
  ) throws(NetworkError) -> Value {
    try within(name) { (builder) throws(NetworkError) in
      var h = x
      for layer in layers {
        h = try builder.normalizedConvolution(
          h, channels: layer.channels, kernel: layer.kernel)
      }
      return h
    }
  }

  private mutating func normalizedConvolution(
    _ x: Value, channels: Int, kernel: [Int]
  ) throws(NetworkError) -> Value {
    let h = try convolution(x, channels: channels, kernel: kernel, hasBias: false)
    return try relu(try batchNormalization(h))
  }
}
