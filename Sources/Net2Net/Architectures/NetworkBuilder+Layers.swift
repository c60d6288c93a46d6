extension NetworkBuilder {
  /// (N, C, d…) → (N, channels, e…). A kernel of one, two or three sizes.
  ///
  /// - Parameter padding: half the dilated kernel when nil, which keeps the size of odd kernels
  ///   at stride 1.
  public mutating func convolution(
    _ x: Value, channels: Int, kernel: [Int], strides: [Int]? = nil, padding: Padding? = nil,
    dilations: [Int]? = nil, groups: Int = 1, hasBias: Bool = true, name: String? = nil
  ) throws(NetworkError) -> Value {
    let dilations = dilations ?? kernel.map { _ in 1 }
    let half = zip(kernel, dilations).map { ($0 - 1) * $1 / 2 }
    let operation = Convolution(
      strides: strides ?? kernel.map { _ in 1 }, padding: padding ?? .explicit(half + half),
      dilations: dilations, groups: groups)
    let shape = Shape([channels, x.size(ofAxis: 1) / max(groups, 1)] + kernel)
    return try layer(
      .convolution(operation), [x],
      parameters: weightAndBias(shape, fanIn: shape.sizes.dropFirst().reduce(1, *), hasBias),
      name: name, kind: "conv")
  }

  /// (N, in) → (N, features); the weight is (features, in).
  public mutating func dense(
    _ x: Value, features: Int, hasBias: Bool = true, name: String? = nil
  ) throws(NetworkError) -> Value {
    let fanIn = x.size(ofAxis: 1)
    return try layer(
      .dense(Dense()), [x],
      parameters: weightAndBias([features, fanIn], fanIn: fanIn, hasBias),
      name: name, kind: "fc")
  }

  private func weightAndBias(_ shape: Shape, fanIn: Int, _ hasBias: Bool) -> [ParameterSlot] {
    let weight = ParameterSlot("weight", shape, .he(fanIn: max(fanIn, 1)))
    return hasBias ? [weight, ParameterSlot("bias", [shape[0]], .constant(0))] : [weight]
  }

  /// (N, t…) of numbers 0 ..< count → (N, t…, features): a row of the table for each number.
  public mutating func embedding(
    _ indices: Value, count: Int, features: Int, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(
      .gather(Gather()), [indices],
      parameters: [ParameterSlot("weight", [count, features], .he(fanIn: 2))],
      parametersFirst: true, name: name, kind: "embed")
  }

  /// Scale 1, shift 0, running mean 0, running variance 1.
  public mutating func batchNormalization(
    _ x: Value, epsilon: Double = 1e-5, momentum: Double = 0.9, name: String? = nil
  ) throws(NetworkError) -> Value {
    let shape: Shape = [x.size(ofAxis: 1)]
    return try layer(
      .batchNormalization(BatchNormalization(epsilon: epsilon, momentum: momentum)), [x],
      parameters: [
        ParameterSlot("weight", shape, .constant(1)),
        ParameterSlot("bias", shape, .constant(0)),
        ParameterSlot("running_mean", shape, .constant(0)),
        ParameterSlot("running_var", shape, .constant(1)),
      ], name: name, kind: "bn")
  }

  /// Over the last axis; scale 1, shift 0.
  public mutating func layerNormalization(
    _ x: Value, epsilon: Double = 1e-5, name: String? = nil
  ) throws(NetworkError) -> Value {
    let shape: Shape = [x.size(ofAxis: x.type.rank - 1)]
    return try layer(
      .layerNormalization(LayerNormalization(epsilon: epsilon)), [x],
      parameters: [
        ParameterSlot("weight", shape, .constant(1)),
        ParameterSlot("bias", shape, .constant(0)),
      ], name: name, kind: "norm")
  }

  /// Over the last axis; scale 1.
  public mutating func rmsNormalization(
    _ x: Value, epsilon: Double = 1e-5, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(
      .rmsNormalization(RMSNormalization(epsilon: epsilon)), [x],
      parameters: [
        ParameterSlot("weight", [x.size(ofAxis: x.type.rank - 1)], .constant(1))
      ], name: name, kind: "norm")
  }

  /// Over the channels of each group and all places; scale 1, shift 0.
  public mutating func groupNormalization(
    _ x: Value, groups: Int, epsilon: Double = 1e-5, name: String? = nil
  ) throws(NetworkError) -> Value {
    let shape: Shape = [x.size(ofAxis: 1)]
    return try layer(
      .groupNormalization(GroupNormalization(groups: groups, epsilon: epsilon)), [x],
      parameters: [
        ParameterSlot("weight", shape, .constant(1)),
        ParameterSlot("bias", shape, .constant(0)),
      ], name: name, kind: "norm")
  }

  /// Over the places of each channel; scale 1, shift 0.
  public mutating func instanceNormalization(
    _ x: Value, epsilon: Double = 1e-5, name: String? = nil
  ) throws(NetworkError) -> Value {
    let shape: Shape = [x.size(ofAxis: 1)]
    return try layer(
      .instanceNormalization(InstanceNormalization(epsilon: epsilon)), [x],
      parameters: [
        ParameterSlot("weight", shape, .constant(1)),
        ParameterSlot("bias", shape, .constant(0)),
      ], name: name, kind: "norm")
  }

  public mutating func relu(_ x: Value, name: String? = nil) throws(NetworkError) -> Value {
    try layer(.activation(Activation(.relu)), [x], name: name, kind: "relu")
  }

  public mutating func activation(
    _ function: Activation.Function, _ x: Value, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(.activation(Activation(function)), [x], name: name, kind: "act")
  }

  /// - Parameter strides: the kernel's sizes when nil.
  public mutating func pool(
    _ function: Pooling.Function, _ x: Value, kernel: [Int], strides: [Int]? = nil,
    padding: Padding? = nil, name: String? = nil
  ) throws(NetworkError) -> Value {
    let operation = Pooling(
      function, kernel: kernel, strides: strides ?? kernel, padding: padding)
    return try layer(.pooling(operation), [x], name: name, kind: "pool")
  }

  /// (N, C, d…) → (N, C, 1…).
  public mutating func globalAveragePool(
    _ x: Value, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(.pooling(Pooling(.average, kernel: nil)), [x], name: name, kind: "pool")
  }

  /// (N, a, b…) → (N, a·b…).
  public mutating func flatten(_ x: Value, name: String? = nil) throws(NetworkError) -> Value {
    try layer(.flatten(Flatten()), [x], name: name, kind: "flatten")
  }

  public mutating func reshape(
    _ x: Value, to target: [Int], name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(.reshape(Reshape(target: target)), [x], name: name, kind: "reshape")
  }

  public mutating func transpose(
    _ x: Value, permutation: [Int], name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(
      .transposition(Transposition(permutation: permutation)), [x], name: name,
      kind: "transpose")
  }

  public mutating func add(
    _ left: Value, _ right: Value, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(.elementwise(Elementwise(.add)), [left, right], name: name, kind: "add")
  }

  public mutating func multiply(
    _ left: Value, _ right: Value, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(.elementwise(Elementwise(.multiply)), [left, right], name: name, kind: "mul")
  }

  /// End to end along `axis`, the channels by default.
  public mutating func concatenate(
    _ values: [Value], axis: Int = 1, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(.concatenation(Concatenation(axis: axis)), values, name: name, kind: "concat")
  }

  public mutating func dropout(
    _ x: Value, ratio: Double, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(.dropout(Dropout(ratio: ratio)), [x], name: name, kind: "dropout")
  }

  public mutating func softmax(
    _ x: Value, axis: Int = -1, name: String? = nil
  ) throws(NetworkError) -> Value {
    try layer(.softmax(Softmax(axis: axis)), [x], name: name, kind: "softmax")
  }
}

extension NetworkBuilder.Value {
  /// 0 where the size is unknown or the axis is missing, which the operator's shape rule then
  /// reports with its own words.
  fileprivate func size(ofAxis axis: Int) -> Int {
    type.dimensions.indices.contains(axis) ? type.dimensions[axis].size ?? 0 : 0
  }
}
