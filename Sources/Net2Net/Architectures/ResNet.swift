// He et al., *Deep Residual Learning for Image Recognition* (arXiv 1512.03385), section 4.2: for
// small images. Three stages of n blocks with 16, 32 and 64 channels, two 3×3 convolutions in a
// block, so 6n + 2 layers have weights. Where a stage halves the picture and doubles the
// channels, the shortcut is a 1×1 convolution with batch norm (their option B).
extension NetworkBuilder {
  mutating func resnet(
    _ input: Value, _ options: ArchitectureOptions
  ) throws(NetworkError) -> Value {
    let depth = options.depth ?? 8
    guard depth >= 8, (depth - 2) % 6 == 0 else {
      throw .architecture(
        "resnet", reason: "a depth of \(depth); 8, 14, 20 or another 6n + 2 expected")
    }
    var h = try convolution(
      input, channels: options.width(16), kernel: [3, 3], hasBias: false, name: "conv1")
    h = try relu(try batchNormalization(h))
    for stage in 1...3 {
      for block in 1...(depth - 2) / 6 {
        let stride = stage > 1 && block == 1 ? 2 : 1
        let channels = options.width(8 << stage)
        h = try within("stage\(stage).block\(block)") { (builder) throws(NetworkError) in
          try builder.residualBlock(h, channels: channels, stride: stride)
        }
      }
    }
    h = try flatten(try globalAveragePool(h, name: "pool"), name: "flatten")
    return try dense(h, features: options.classCount, name: "head")
  }

  private mutating func residualBlock(
    _ x: Value, channels: Int, stride: Int
  ) throws(NetworkError) -> Value {
    let strides = [stride, stride]
    var h = try convolution(
      x, channels: channels, kernel: [3, 3], strides: strides, hasBias: false)
    h = try relu(try batchNormalization(h))
    h = try convolution(h, channels: channels, kernel: [3, 3], hasBias: false)
    h = try batchNormalization(h)
    var shortcut = x
    if stride > 1 {
      shortcut = try convolution(
        x, channels: channels, kernel: [1, 1], strides: strides, hasBias: false,
        name: "shortcut.conv")
      shortcut = try batchNormalization(shortcut, name: "shortcut.bn")
    }
    return try relu(try add(h, shortcut, name: "add"))
  }
}
