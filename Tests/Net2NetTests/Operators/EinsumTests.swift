import Net2Net
import Testing

@Suite struct EinsumTests {
  static let equations: [(text: String, normalised: String)] = [
    (" b h q d , b h k d -> b h q k ", "bhqd,bhkd->bhqk"),
    // The letters that occur once, capitals first.
    ("bA,Cb", "bA,Cb->AC"),
    ("...ij,...jk", "...ij,...jk->...ik"),
    ("ij->", "ij->"),
    (",i->i", ",i->i"),
    ("i->j", "the result of \"i->j\" names an axis that no operand has"),
    ("i->i...", "the result of \"i->i...\" names an axis that no operand has"),
    ("ii->i", "a diagonal is wanted by \"ii\" in the equation \"ii->i\""),
    ("i->i->i", "the equation \"i->i->i\" has more than one arrow"),
    ("i..->i", "\"i..\" in the equation \"i..->i\" is not made of letters and ..."),
    ("é->é", "\"é\" in the equation \"é->é\" is not made of letters and ..."),
  ]

  @Test(arguments: equations)
  func equationIsReadOrRefused(text: String, expected: String) {
    do throws(ShapeError) {
      #expect(try EinsumEquation(text).description == expected)
    } catch {
      #expect(error.description == expected)
    }
  }

  static func rule(_ equation: String, _ inputs: [TensorType?], _ expected: String) throws
    -> ShapeRule
  {
    ShapeRule(.einsum(try Einsum(equation)), inputs, expected)
  }

  @Test func shapeFollowsFromTheLetters() throws {
    let rules = [
      try Self.rule(
        "bhqd,bhkd->bhqk", [float32(N, 2, 5, 8), float32(N, 2, 7, 8)], "float32(N, 2, 5, 7)"),
      try Self.rule("...c,dc->...d", [float32(N, 5, 8), float32(3, 8)], "float32(N, 5, 3)"),
      try Self.rule("a...b->...ba", [float32(2, N, 3)], "float32(N, 3, 2)"),
      try Self.rule("ij,jk->ik", [float32(N, 8), float32(7, 3)], "axis j is 8 and 7"),
      try Self.rule(
        "ij->ij", [float32(N, 8, 2)],
        "operand 0 is float32(N, 8, 2), but the equation has \"ij\" for it"),
      try Self.rule(
        "...i->i", [float32(N, 8)], "sums over ... in \"...i->i\" are not supported"),
    ]
    for rule in rules { rule.check() }
  }

  @Test func letterOfTwoOperandsAndNotOfTheResultIsSummed() throws {
    let relations = try Einsum("nc,dc->nd").axisRelations(
      inputs: [float32(N, 8), float32(3, 8)], outputs: [float32(N, 3)])
    #expect(
      relations == [
        .summed(.input(0, axis: 1), by: .input(1, axis: 1)),
        .written(.output(0, axis: 1), by: .input(1, axis: 0)),
        .written(.output(0, axis: 0), by: .input(0, axis: 0)),
      ])
  }

  @Test func letterOfTwoOperandsAndTheResultIsOneWidth() throws {
    let relations = try Einsum("nc,c->nc").axisRelations(
      inputs: [float32(N, 8), float32(8)], outputs: [float32(N, 8)])
    #expect(
      relations == [
        .same(.input(0, axis: 1), .output(0, axis: 1)),
        .same(.input(1, axis: 0), .output(0, axis: 1)),
        .written(.output(0, axis: 0), by: .input(0, axis: 0)),
      ])
  }

  @Test func letterOfOneOperandAloneIsPinned() throws {
    let relations = try Einsum("nc->n").axisRelations(
      inputs: [float32(N, 8)], outputs: [float32(N)])
    let reason = "summed over, and no one weight shares it out"
    #expect(relations.contains(.pinned(.input(0, axis: 1), reason: reason)))
  }

  @Test func furtherAxesBroadcast() throws {
    let relations = try Einsum("...i,...i->...i").axisRelations(
      inputs: [float32(N, 4, 8), float32(1, 8)], outputs: [float32(N, 4, 8)])
    #expect(relations.contains(.same(.input(0, axis: 1), .output(0, axis: 1))))
    #expect(relations.contains(.pinned(.input(1, axis: 0), reason: "stretched to 4")))
  }

  /// 2 · 5 · 7 results of 8 products each.
  @Test func costIsOneMultiplicationForEachElementOfTheSum() throws {
    let einsum = try Einsum("hqd,hkd->hqk")
    let inputs = [float32(2, 5, 8), float32(2, 7, 8)]
    let outputs = try einsum.outputTypes(of: inputs)
    #expect(einsum.multiplyAdds(inputs: inputs, outputs: outputs, batch: 1) == 560)
  }
}
