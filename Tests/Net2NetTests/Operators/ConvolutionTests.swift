import Net2Net
import Testing

@Suite struct ConvolutionTests {
  static func conv(
    strides: [Int] = [1, 1], pads: [Int] = [0, 0, 0, 0], dilations: [Int] = [1, 1],
    groups: Int = 1
  ) -> Operator {
    .convolution(
      Convolution(
        strides: strides, padding: .explicit(pads), dilations: dilations, groups: groups))
  }

  static func same(_ padding: Padding, strides: [Int], dilations: [Int] = [1, 1]) -> Operator {
    .convolution(Convolution(strides: strides, padding: padding, dilations: dilations))
  }

  static let image = float32(N, 3, 28, 28)

  static let shapes: [ShapeRule] = [
    // 28 − 3 + 1
    ShapeRule(conv(), [image, float32(8, 3, 3, 3)], "float32(N, 8, 26, 26)"),
    ShapeRule(conv(), [image, float32(8, 3, 3, 3), float32(8)], "float32(N, 8, 26, 26)"),
    // rows: (28 + 1 + 0 − 5) / 2 + 1 = 13; columns: (28 + 2 + 3 − 3) / 1 + 1 = 31
    ShapeRule(
      conv(strides: [2, 1], pads: [1, 2, 0, 3]), [image, float32(8, 3, 5, 3)],
      "float32(N, 8, 13, 31)"),
    // A kernel of 3 dilated by 4 reaches over 9: 28 − 9 + 1
    ShapeRule(
      conv(dilations: [4, 1]), [image, float32(8, 3, 3, 1)], "float32(N, 8, 20, 28)"),
    ShapeRule(conv(groups: 3), [image, float32(6, 1, 1, 1)], "float32(N, 6, 28, 28)"),
    // ⌈28 / 3⌉, whatever the kernel
    ShapeRule(
      same(.sameUpper, strides: [3, 3]), [image, float32(8, 3, 7, 7)], "float32(N, 8, 10, 10)"),
    ShapeRule(
      same(.sameLower, strides: [3, 1]), [image, float32(8, 3, 2, 2)], "float32(N, 8, 10, 28)"),
    ShapeRule(
      .convolution(Convolution(strides: [2], padding: .explicit([1, 1]), dilations: [1])),
      [float32(N, 4, 9), float32(5, 4, 3)], "float32(N, 5, 5)"),
  ]

  @Test(arguments: shapes)
  func outputShapeFollowsFromTheWindow(rule: ShapeRule) { rule.check() }

  static let symbolic: [ShapeRule] = [
    // Padding that keeps the size keeps the name.
    ShapeRule(
      conv(pads: [1, 2, 1, 2]),
      [float32(N, 3, .symbolic("H"), .symbolic("W")), float32(4, 3, 3, 5)],
      "float32(N, 4, H, W)"),
    ShapeRule(
      same(.sameUpper, strides: [1, 1]),
      [float32(N, 3, .symbolic("H"), 9), float32(4, 3, 3, 3)], "float32(N, 4, H, 9)"),
    // A strided 3×3 with padding and a strided 1×1 halve alike, as in a residual block.
    ShapeRule(
      conv(strides: [2, 2], pads: [1, 1, 1, 1]),
      [float32(N, 3, .symbolic("H"), 8), float32(4, 3, 3, 3)], "float32(N, 4, (H-1)/2+1, 4)"),
    ShapeRule(
      conv(strides: [2, 2]), [float32(N, 3, .symbolic("H"), 8), float32(4, 3, 1, 1)],
      "float32(N, 4, (H-1)/2+1, 4)"),
    ShapeRule(
      conv(), [float32(N, 3, .symbolic("H"), 8), float32(4, 3, 3, 3)], "float32(N, 4, H-2, 6)"),
  ]

  @Test(arguments: symbolic)
  func equalSymbolicSizesHaveEqualNames(rule: ShapeRule) { rule.check() }

  static let refusals: [ShapeRule] = [
    ShapeRule(conv(), [image, nil], "the weight is missing"),
    ShapeRule(
      conv(), [image, float32(8, 3, 3)],
      "input has 4 axes, the weight 3; both need 3 or more"),
    ShapeRule(conv(), [image, float32(8, 4, 3, 3)], "input channels: 4 expected, 3 found"),
    ShapeRule(
      conv(groups: 3), [image, float32(8, 1, 3, 3)],
      "8 output channels do not divide into 3 groups"),
    ShapeRule(
      conv(groups: .max), [image, float32(0, 2, 3, 3)],
      "0 output channels do not divide into \(Int.max) groups"),
    ShapeRule(conv(), [image, float32(8, 3, 3, 3), float32(7)], "bias: (8) expected, (7) found"),
    ShapeRule(
      conv(), [image, float32(8, 3, 29, 3)],
      "a window of 29 does not fit 28 padded by 0 and 0"),
    ShapeRule(
      conv(strides: [0, 1]), [image, float32(8, 3, 3, 3)],
      "kernel sizes, strides and dilations must be at least 1, and below 2³¹"),
    ShapeRule(
      conv(strides: [.max, 1]), [image, float32(8, 3, 3, 3)],
      "kernel sizes, strides and dilations must be at least 1, and below 2³¹"),
    ShapeRule(
      conv(dilations: [1 << 30, 1]), [image, float32(8, 3, 3, 3)],
      "a window of 3 dilated by 1073741824 is too large"),
    ShapeRule(conv(pads: [1, 1]), [image, float32(8, 3, 3, 3)], "2 pads given, 4 needed"),
    ShapeRule(
      conv(pads: [-1, 0, 0, 0]), [image, float32(8, 3, 3, 3)], "pads -1 and 0 are not sizes"),
    ShapeRule(
      conv(strides: [1]), [image, float32(8, 3, 3, 3)],
      "2 spatial axes, but 2 kernel sizes, 1 strides and 2 dilations"),
  ]

  @Test(arguments: refusals)
  func misfitIsRefusedInWords(rule: ShapeRule) { rule.check() }

  @Test func namesOfSizesStayShortHoweverManyLayersThereAre() throws {
    let halving = Convolution(strides: [2], padding: .explicit([1, 1]), dilations: [1])
    var type = float32(N, 1, .symbolic("H"))
    for _ in 0..<200 {
      type = try halving.outputTypes(of: [type, float32(1, 1, 3)])[0]
      #expect(type.dimensions[2].description.utf8.count <= 200)
    }
    #expect(try Reshape(target: [0, -1]).outputTypes(of: [type])[0].rank == 2)
  }

  @Test func samePaddingPutsTheOddElementWhereItsNameSays() {
    // ⌈5 / 2⌉ = 3 outputs reach over (3 − 1)·2 + 2 = 6 elements: one is missing.
    let input: Shape = [1, 1, 5, 5]
    let weight: Shape = [1, 1, 2, 2]
    let upper = Convolution(strides: [2, 2], padding: .sameUpper)
    let lower = Convolution(strides: [2, 2], padding: .sameLower)
    #expect(upper.explicitPadding(input: input, weight: weight) == [0, 0, 1, 1])
    #expect(lower.explicitPadding(input: input, weight: weight) == [1, 1, 0, 0])
  }

  @Test func samePaddingCountsTheDilatedKernel() {
    // A kernel of 3 dilated by 2 reaches over 5: 4 elements to add, 2 on each side.
    let dilated = Convolution(padding: .sameUpper, dilations: [2, 2])
    #expect(dilated.explicitPadding(input: [1, 1, 7, 7], weight: [1, 1, 3, 3]) == [2, 2, 2, 2])
  }

  @Test func multiplyAddsCountOneGroupForEachOutput() throws {
    // 6 outputs of 10×10 places, each a sum over 2 channels of 3×3: 6·100·18, twice.
    let operation = Convolution(padding: .explicit([1, 1, 1, 1]), groups: 2)
    let inputs = [float32(N, 4, 10, 10), float32(6, 2, 3, 3)]
    let outputs = try operation.outputTypes(of: inputs)
    #expect(operation.multiplyAdds(inputs: inputs, outputs: outputs, batch: 2) == 21_600)
  }
}
