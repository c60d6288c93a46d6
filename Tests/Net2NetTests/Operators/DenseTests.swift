import Net2Net
import Testing

@Suite struct DenseTests {
  static let shapes: [ShapeRule] = [
    ShapeRule(.dense(Dense()), [float32(N, 20), float32(7, 20)], "float32(N, 7)"),
    ShapeRule(
      .dense(Dense(transposesWeight: false)), [float32(N, 20), float32(20, 7), float32(7)],
      "float32(N, 7)"),
    ShapeRule(
      .dense(Dense(transposesInput: true)), [float32(20, N), float32(7, 20)], "float32(N, 7)"),
    // A bias may be one number, a row, or a column.
    ShapeRule(.dense(Dense()), [float32(5, 20), float32(7, 20), float32()], "float32(5, 7)"),
    ShapeRule(.dense(Dense()), [float32(5, 20), float32(7, 20), float32(1, 7)], "float32(5, 7)"),
    ShapeRule(.dense(Dense()), [float32(5, 20), float32(7, 20), float32(5, 1)], "float32(5, 7)"),
  ]

  @Test(arguments: shapes)
  func outputHasOneRowForEachExample(rule: ShapeRule) { rule.check() }

  static let refusals: [ShapeRule] = [
    ShapeRule(
      .dense(Dense()), [float32(N, 20), float32(20, 7)], "input features: 7 expected, 20 found"),
    ShapeRule(
      .dense(Dense()), [float32(N, 3, 20), float32(7, 20)],
      "float32(N, 3, 20) and float32(7, 20) must have two axes"),
    ShapeRule(
      .dense(Dense()), [float32(1, 20), float32(7, 20), float32(5, 7)],
      "bias, broadcast: (1, 7) expected, (5, 7) found"),
  ]

  @Test(arguments: refusals)
  func misfitIsRefusedInWords(rule: ShapeRule) { rule.check() }

  @Test func multiplyAddsAreRowsTimesColumnsTimesDepth() throws {
    let inputs = [float32(N, 20), float32(7, 20)]
    let outputs = try Dense().outputTypes(of: inputs)
    #expect(Dense().multiplyAdds(inputs: inputs, outputs: outputs, batch: 3) == 3 * 7 * 20)
  }
}

@Suite struct MatrixProductTests {
  static let product = Operator.matrixProduct(MatrixProduct())

  static let rules: [ShapeRule] = [
    ShapeRule(product, [float32(N, 9, 20), float32(20, 7)], "float32(N, 9, 7)"),
    ShapeRule(
      product, [float32(N, 4, 9, 20), float32(1, 4, 20, 9)],
      "float32(N, 4, 9, 9)"),
    ShapeRule(
      product, [float32(N, 20), float32(7, 20)],
      "float32(N, 20) and float32(7, 20) do not share the axis that is summed"),
    ShapeRule(product, [float32(20), float32(3, 20, 7)], "float32(3, 7)"),
    ShapeRule(product, [float32(3, 9, 20), float32(20)], "float32(3, 9)"),
    ShapeRule(product, [float32(20), float32(20)], "float32()"),
    ShapeRule(
      product, [float32(), float32(20, 7)],
      "float32() and float32(20, 7) must have one or more axes"),
    ShapeRule(
      product, [float32(2, 9, 20), float32(3, 20, 7)],
      "(2) and (3) cannot be broadcast together"),
  ]

  @Test(arguments: rules)
  func leadingAxesAreBroadcast(rule: ShapeRule) { rule.check() }

  @Test func vectorHasOnlyTheAxisThatIsSummed() {
    let relations = MatrixProduct().axisRelations(
      inputs: [float32(3, 9, 20), float32(20)], outputs: [float32(3, 9)])
    #expect(
      relations == [
        .same(.input(0, axis: 0), .output(0, axis: 0)),
        .summed(.input(0, axis: 2), by: .input(1, axis: 0)),
        .written(.output(0, axis: 1), by: .input(0, axis: 1)),
      ])
  }

  @Test func multiplyAddsOfAnAbsurdProductSaturate() {
    let huge = float32(.fixed(1 << 40), 1)
    let wide = float32(1, .fixed(1 << 40))
    let output = float32(.fixed(1 << 40), .fixed(1 << 40))
    #expect(
      MatrixProduct().multiplyAdds(inputs: [huge, wide], outputs: [output], batch: 1) == .max)
  }
}
