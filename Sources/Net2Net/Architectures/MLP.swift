extension NetworkBuilder {
  /// Flattened input, `depth` hidden layers of 256 units with ReLU, one layer of logits.
  mutating func mlp(
    _ input: Value, _ options: ArchitectureOptions
  ) throws(NetworkError) -> Value {
    var h = try flatten(input, name: "flatten")
    for _ in 0..<(options.depth ?? 2) {
      h = try relu(try dense(h, features: options.width(256)))
    }
    return try dense(h, features: options.classes, name: "head")
  }
}
