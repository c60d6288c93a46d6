import Net2Net
import Testing

@Suite struct GatherTests {
  static func gather(_ axis: Int) -> Operator { .gather(Gather(axis: axis)) }

  static let rules: [ShapeRule] = [
    ShapeRule(gather(0), [float32(97, 48), int64(N, 16)], "float32(N, 16, 48)"),
    ShapeRule(gather(1), [float32(N, 197, 768), int64()], "float32(N, 768)"),
    ShapeRule(gather(-1), [float32(N, 8), int64(3)], "float32(N, 3)"),
    ShapeRule(gather(0), [int64(9), TensorType(.int32, [2])], "int64(2)"),
    ShapeRule(gather(2), [float32(N, 8), int64(3)], "axis 2 of a tensor with 2 axes"),
    ShapeRule(
      gather(0), [float32(N, 8), float32(3)],
      "the indices are float32(3); int64 or int32 expected"),
    ShapeRule(gather(0), [float32(N, 8), nil], "the indices are missing"),
  ]

  @Test(arguments: rules)
  func indicesTakeThePlaceOfTheAxis(rule: ShapeRule) { rule.check() }

  @Test func embeddingWritesItsFeaturesAndPicksItsRows() {
    let relations = Gather().axisRelations(
      inputs: [float32(97, 48), int64(N, 16)], outputs: [float32(N, 16, 48)])
    let reason = "its entries are picked by number"
    #expect(
      relations == [
        .pinned(.input(0, axis: 0), reason: reason),
        .written(.output(0, axis: 2), by: .input(0, axis: 1)),
        .pinned(.input(1, axis: 0), reason: reason), .pinned(.output(0, axis: 0), reason: reason),
        .pinned(.input(1, axis: 1), reason: reason), .pinned(.output(0, axis: 1), reason: reason),
      ])
  }
}

@Suite struct GatherElementsTests {
  static let gather = Operator.gatherElements(GatherElements(axis: 1))

  static let rules: [ShapeRule] = [
    ShapeRule(gather, [int64(N, 32), int64(N, 16)], "int64(N, 16)"),
    ShapeRule(gather, [float32(5, 3), int64(2, 7)], "float32(2, 7)"),
    ShapeRule(
      gather, [float32(2, 3), int64(5, 3)],
      "the indices have 5 entries along axis 0, the data 2"),
    ShapeRule(
      gather, [float32(2, 3), int64(3)],
      "the data is float32(2, 3), the indices int64(3); their axes must be as many"),
  ]

  @Test(arguments: rules)
  func outputHasTheShapeOfTheIndices(rule: ShapeRule) { rule.check() }
}

@Suite struct GatherNDTests {
  static func gather(_ batchAxes: Int = 0) -> Operator {
    .gatherND(GatherND(batchAxes: batchAxes))
  }

  static let rules: [ShapeRule] = [
    ShapeRule(gather(), [float32(225, 3), int64(4096, 1)], "float32(4096, 3)"),
    ShapeRule(gather(), [int64(N, 16), int64(N, 1, 16, 1, 2)], "int64(N, 1, 16, 1)"),
    ShapeRule(gather(1), [float32(2, 4, 5), int64(2, 1)], "float32(2, 5)"),
    ShapeRule(
      gather(), [float32(4, 5), int64(2, 3)],
      "the indices are int64(2, 3); their last axis must be 1 to 2 long"),
    ShapeRule(
      gather(1), [float32(2, 4), int64(2, 2)],
      "the indices are int64(2, 2); their last axis must be 1 to 1 long"),
    ShapeRule(
      gather(1), [float32(2, 4), int64(3, 1)], "batch axes: (2) expected, (3) found"),
    ShapeRule(
      gather(2), [float32(2, 4), int64(2, 1)],
      "2 batch axes, but the data is float32(2, 4), the indices int64(2, 1)"),
    ShapeRule(
      gather(-1), [float32(2, 4), int64(2, 1)],
      "-1 batch axes, but the data is float32(2, 4), the indices int64(2, 1)"),
  ]

  @Test(arguments: rules)
  func coordinatesTakeThePlaceOfLeadingAxes(rule: ShapeRule) { rule.check() }

  @Test func axesBehindTheCoordinatesAreWritten() {
    let relations = GatherND().axisRelations(
      inputs: [float32(225, 3), int64(4096, 1)], outputs: [float32(4096, 3)])
    #expect(relations.contains(.written(.output(0, axis: 1), by: .input(0, axis: 1))))
    #expect(
      relations.contains(
        .pinned(.input(0, axis: 0), reason: "its entries are picked by number")))
  }
}

@Suite struct ScatterNDTests {
  static let scatter = Operator.scatterND(ScatterND())

  static let rules: [ShapeRule] = [
    ShapeRule(scatter, [float32(56, 49), int64(4, 1), float32(4, 49)], "float32(56, 49)"),
    ShapeRule(scatter, [float32(4, 5), int64(3, 2), float32(3)], "float32(4, 5)"),
    ShapeRule(
      scatter, [float32(4, 5), int64(3, 1), float32(3, 4)],
      "updates: (3, 5) expected, (3, 4) found"),
    ShapeRule(
      scatter, [float32(4, 5), int64(3, 1), int64(3, 5)],
      "the data is float32(4, 5), the updates int64(3, 5); their types must be one"),
  ]

  @Test(arguments: rules)
  func outputHasTheShapeOfTheData(rule: ShapeRule) { rule.check() }

  @Test func axesBehindTheCoordinatesAreOneWidthWithTheUpdates() {
    let relations = ScatterND().axisRelations(
      inputs: [float32(4, 5), int64(3, 1), float32(3, 5)], outputs: [float32(4, 5)])
    #expect(relations.contains(.same(.input(2, axis: 1), .output(0, axis: 1))))
    #expect(
      relations.contains(
        .pinned(.output(0, axis: 0), reason: "its entries are picked by number")))
  }
}
