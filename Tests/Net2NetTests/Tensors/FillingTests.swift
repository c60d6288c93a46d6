import Net2Net
import Testing

@Suite struct FillingTests {
  private func values(_ filling: Filling, _ shape: Shape) -> [Double] {
    Parameter(name: "p", elementType: .float32, shape: shape, filling: filling)
      .tensor().doubles()
  }

  @Test func identityOfADenseLayerIsTheMatrix() {
    #expect(values(.identity(groups: 1), [3, 3]) == [1, 0, 0, 0, 1, 0, 0, 0, 1])
  }

  @Test func identityOfAConvolutionSitsAtTheCentreOfTheKernel() {
    let none = [Double](repeating: 0, count: 9)
    let centre: [Double] = [0, 0, 0, 0, 1, 0, 0, 0, 0]
    #expect(values(.identity(groups: 1), [2, 2, 3, 3]) == centre + none + none + centre)
    #expect(values(.identity(groups: 1), [1, 1, 1, 3]) == [0, 1, 0])
  }

  @Test func identityOfAGroupedConvolutionCountsWithinTheGroup() {
    // Four channels in two groups of two: each output reads its own channel of its group.
    #expect(values(.identity(groups: 2), [4, 2, 1]) == [1, 0, 0, 1, 1, 0, 0, 1])
    #expect(values(.identity(groups: 3), [3, 1, 1]) == [1, 1, 1])
  }

  @Test func valuesRunAlongTheFirstAxis() {
    #expect(values(.values([5, 6]), [2, 3]) == [5, 5, 5, 6, 6, 6])
  }

  @Test func normalIsScaledByItsDeviation() {
    let draw = Draw(seed: 5)
    let filled = values(.normal(standardDeviation: 2, draw), [4])
    for (index, value) in filled.enumerated() {
      #expect(Float(value) == Float(draw.normal(index) * 2))
    }
  }

  @Test func constantFillsEverything() {
    #expect(values(.constant(-1.5), [2, 2]) == [-1.5, -1.5, -1.5, -1.5])
  }
}
