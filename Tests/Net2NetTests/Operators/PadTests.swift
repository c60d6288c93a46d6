import Net2Net
import Testing

@Suite struct PadTests {
  static func pad(_ begins: [Int], _ ends: [Int], _ mode: Pad.Mode = .constant) -> Operator {
    .pad(Pad(mode, begins: begins, ends: ends))
  }

  static let rules: [ShapeRule] = [
    ShapeRule(pad([0, 2, 0], [0, 1, 3]), [float32(N, 4, 5)], "float32(N, 7, 8)"),
    ShapeRule(pad([0, 9], [0, 0], .reflect), [float32(N, 2)], "float32(N, 11)"),
    ShapeRule(pad([0, 1], [0, 0]), [float32(N, 0)], "float32(N, 1)"),
    ShapeRule(
      pad([0, 1], [0, 0], .edge), [float32(N, 0)], "axis 1 of float32(N, 0) cannot be padded"),
    ShapeRule(pad([1, 0], [0, 0]), [float32(N, 2)], "axis 0 of float32(N, 2) cannot be padded"),
    ShapeRule(pad([0, -1], [0, 0]), [float32(N, 2)], "pads -1 and 0 are not sizes, axis 1"),
    ShapeRule(
      pad([0, .max], [0, 1]), [float32(N, 2)], "pads \(Int.max) and 1 are not sizes, axis 1"),
    ShapeRule(pad([0], [0]), [float32(N, 2)], "2 pads given, 4 needed"),
  ]

  @Test(arguments: rules)
  func axesGrowByTheirPads(rule: ShapeRule) { rule.check() }

  @Test func constantsAreUnitsBeforeAndAfter() {
    let pad = Pad(begins: [0, 2], ends: [0, 1])
    let (before, after) = (
      AxisReference.local("before, axis 1", size: 2), AxisReference.local("after, axis 1", size: 1)
    )
    let relations = pad.axisRelations(inputs: [float32(N, 4)], outputs: [float32(N, 7)])
    #expect(
      relations == [
        .same(.input(0, axis: 0), .output(0, axis: 0)),
        .concatenated([before, .input(0, axis: 1), after], whole: .output(0, axis: 1)),
      ])
    let grown = pad.resized(outputs: [float32(N, 7)]) { $0 == before ? 5 : 3 }
    #expect(grown == .pad(Pad(begins: [0, 5], ends: [0, 3])))
  }

  @Test func aContinuedBorderIsPinned() {
    let relations = Pad(.reflect, begins: [1], ends: [0])
      .axisRelations(inputs: [float32(4)], outputs: [float32(5)])
    #expect(
      relations == [
        .pinned(.input(0, axis: 0), reason: "its border is continued"),
        .pinned(.output(0, axis: 0), reason: "its border is continued"),
      ])
  }

  @Test func onlyZerosScale() {
    #expect(Pad(begins: [1], ends: [0]).scaling == .allOperands)
    #expect(Pad(begins: [1], ends: [0], value: 1).scaling == .none)
    #expect(Pad(.edge, begins: [1], ends: [0]).scaling == .allOperands)
  }
}
