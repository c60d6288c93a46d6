extension NetworkBuilder {
  /// Input, flattened if it is an image, `depth` hidden layers of 256 units with ReLU, one layer of logits.
  mutating func mlp(
    _ input: Value, _ options: ArchitectureOptions
  ) throws(NetworkError) -> Value {
    var h = input.type.rank > 2 ? try flatten(input, name: "flatten") : input
    for _ in 0..<(options.depth ?? 2) {
      h = try relu(try dense(h, features: options.width(256)))
    }
    return try dense(h, features: options.classCount, name: "head")
  }
}
