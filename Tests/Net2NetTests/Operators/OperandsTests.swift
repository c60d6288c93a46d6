import Testing

@testable import Net2Net

@Suite struct OperandsTests {
  @Test(
    arguments: [
      (0, 3, 0), (-1, 3, 2), (-3, 3, 0), (2, 3, 2), (3, 3, nil), (-4, 3, nil), (0, 0, nil),
      (.min, 3, nil), (.max, 3, nil), (.min, .max, nil), (-1, .max, .max - 1),
    ] as [(Int, Int, Int?)])
  func placesAreCountedFromEitherEnd(index: Int, count: Int, place: Int?) {
    #expect(countedFromFront(index, of: count) == place)
  }

  /// Relations are asked for after the shape rule, but answer whatever they are asked.
  @Test(
    arguments: [Int.min, -3, 2, .max].flatMap { axis -> [Operator] in
      [
        .softmax(Softmax(axis: axis)), .concatenation(Concatenation(axis: axis)),
        .split(Split(axis: axis, sizes: [4, 4])), .gather(Gather(axis: axis)),
        .layerNormalization(LayerNormalization(axis: axis)),
        .rmsNormalization(RMSNormalization(axis: axis)),
        .reduction(Reduction(axes: [axis], keepsAxes: true)),
        .cumulativeSum(CumulativeSum(axis: axis)),
        .extremePlace(ExtremePlace(.largest, axis: axis)),
        .flatten(Flatten(axis: axis == 2 ? 3 : axis)),
      ]
    })
  func axesThatDoNotExistAreRefusedAndRelateNothing(operation: Operator) {
    let x = float32(4, 8)
    let inputs: [TensorType?] = [x, int64(4)]
    #expect(throws: ShapeError.self) { try operation.definition.outputTypes(of: inputs) }
    _ = operation.definition.axisRelations(inputs: inputs, outputs: [x, x])
    _ = operation.definition.resized(outputs: [x, x]) { _ in 8 }
  }
}
