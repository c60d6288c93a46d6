import Net2Net
import Testing

@Suite struct SliceTests {
  typealias Cut = Slice.Cut

  static func slice(_ cuts: Cut...) -> Operator { .slice(Slice(cuts)) }

  static let rules: [ShapeRule] = [
    ShapeRule(
      slice(Cut(axis: 1, start: 2, count: 3), Cut(axis: 2, start: 1, count: 28, step: 2)),
      [float32(N, 6, 56)], "float32(N, 3, 28)"),
    ShapeRule(slice(Cut(axis: 1, start: 5, count: 6, step: -1)), [float32(N, 6)], "float32(N, 6)"),
    ShapeRule(slice(Cut(axis: 1, start: 0, count: 0)), [float32(N, 6)], "float32(N, 0)"),
    ShapeRule(slice(Cut(axis: 0, start: 0, count: N)), [float32(512, 8)], "float32(N, 8)"),
    ShapeRule(
      slice(Cut(axis: 1, start: 4, count: 3)), [float32(N, 6)],
      "3 entries from 4 on in steps of 1 do not lie within 6, axis 1"),
    ShapeRule(
      slice(Cut(axis: 1, start: 1, count: 3, step: -1)), [float32(N, 6)],
      "3 entries from 1 on in steps of -1 do not lie within 6, axis 1"),
    ShapeRule(
      slice(Cut(axis: 1, start: 0, count: 3, step: .max)), [float32(N, 6)],
      "3 entries from 0 on in steps of \(Int.max) do not lie within 6, axis 1"),
    ShapeRule(
      slice(Cut(axis: 0, start: 0, count: 2)), [float32(N, 6)],
      "2 entries from 0 on in steps of 1 do not lie within N, axis 0"),
    ShapeRule(
      slice(Cut(axis: 1, start: 0, count: 2, step: 0)), [float32(N, 6)], "a step of 0 along axis 1"),
    ShapeRule(slice(Cut(axis: 1, start: 0, count: -2)), [float32(N, 6)], "-2 entries along axis 1"),
    ShapeRule(
      slice(Cut(axis: 0, start: 1, count: N)), [float32(9, 6)],
      "N entries along axis 0 can only be the first ones"),
    ShapeRule(
      slice(Cut(axis: 2, start: 0, count: 1)), [float32(N, 6)], "axis 2 of a tensor with 2 axes"),
    ShapeRule(
      slice(Cut(axis: 1, start: 0, count: 1), Cut(axis: 1, start: 2, count: 1)), [float32(N, 6)],
      "axes [1, 1] are not all different"),
  ]

  @Test(arguments: rules)
  func cutAxesAreAsLongAsTheirCuts(rule: ShapeRule) { rule.check() }

  @Test func aRunIsOneOfThreePieces() {
    let relations = Slice([Cut(axis: 1, start: 2, count: 3)])
      .axisRelations(inputs: [float32(N, 6)], outputs: [float32(N, 3)])
    #expect(
      relations == [
        .same(.input(0, axis: 0), .output(0, axis: 0)),
        .concatenated(
          [
            .local("before, axis 1", size: 2), .output(0, axis: 1),
            .local("after, axis 1", size: 1),
          ], whole: .input(0, axis: 1)),
      ])
  }

  @Test func everySecondEntryIsPinned() {
    let relations = Slice([Cut(axis: 0, start: 0, count: 3, step: 2)])
      .axisRelations(inputs: [float32(6)], outputs: [float32(3)])
    #expect(
      relations == [
        .pinned(.input(0, axis: 0), reason: "entries 2 apart are taken"),
        .pinned(.output(0, axis: 0), reason: "entries 2 apart are taken"),
      ])
  }

  @Test func grownSliceMovesWithWhatLiesBeforeIt() {
    let grown = Slice([Cut(axis: 1, start: 2, count: 3)]).resized(outputs: [float32(N, 3)]) {
      $0 == .local("before, axis 1", size: 2) ? 5 : 7
    }
    #expect(grown == .slice(Slice([Cut(axis: 1, start: 5, count: 7)])))
  }
}
