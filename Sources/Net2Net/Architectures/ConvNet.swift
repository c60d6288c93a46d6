extension NetworkBuilder {
  /// 3×3 convolutions with batch norm and ReLU, 16-32-32-64-64-… channels, a 2×2 max-pool after
  /// every other one and at the end, and a dense layer over what is left: 3×3 places of 28×28.
  mutating func convnet(
    _ input: Value, _ options: ArchitectureOptions
  ) throws(NetworkError) -> Value {
    let depth = options.depth ?? 4
    guard depth <= 12 else {
      throw .architecture("convnet", reason: "a depth of \(depth); at most 12 expected")
    }
    var h = input
    for index in 1...depth {
      h = try convolution(
        h, channels: options.width(16 << (index / 2)), kernel: [3, 3], hasBias: false)
      h = try relu(try batchNormalization(h))
      if index % 2 == 1 || index == depth { h = try pool(.maximum, h, kernel: [2, 2]) }
    }
    return try dense(try flatten(h, name: "flatten"), features: options.classCount, name: "head")
  }
}
