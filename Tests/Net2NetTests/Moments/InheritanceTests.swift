@testable import Net2Net
import TestSupport
import Testing

@Suite("What a student's parameters have of the teacher's")
struct InheritanceTests {
  private func inheritance(
    _ widen: Widen, of name: String, teacher: Network
  ) throws -> Inheritance {
    let student = try teacher.grown(by: GrowthPlan(growths: [.widen(widen)])).network
    return try #require(student.inheritance(from: teacher)[name])
  }

  private func ones(_ inheritance: Inheritance) -> Tensor {
    Tensor(
      [Double](repeating: 1, count: inheritance.oldShape.elementCount),
      shape: inheritance.oldShape)
  }

  @Test("writers' gradients are shared out, readers' steps are")
  func equalShares() throws {
    let teacher = try WidenTests.twoUnits()
    let widen = Widen(widths: ["fc1": .size(5)], symmetry: .equal)
    let shares = [1.0 / 3, 1.0 / 2, 1.0 / 3, 1.0 / 2, 1.0 / 3]
    let writer = try inheritance(widen, of: "fc1.weight", teacher: teacher)
    #expect(writer.weightCoefficients(times: ones(writer)).doubles() == [1, 1, 1, 1, 1])
    #expect(writer.gradientCoefficients(times: ones(writer)).doubles() == shares)
    let reader = try inheritance(widen, of: "fc2.weight", teacher: teacher)
    #expect(reader.weightCoefficients(times: ones(reader)).doubles() == shares)
    #expect(reader.gradientCoefficients(times: ones(reader)).doubles() == [1, 1, 1, 1, 1])
    #expect(!writer.keepsSteps && !reader.keepsSteps)
  }

  @Test("what is remembered goes where the copies are, and fresh units get what is given")
  func gathering() throws {
    let teacher = try WidenTests.twoUnits()
    let old = Tensor([7, 9] as [Double], shape: [2, 1])
    let copied = try inheritance(
      Widen(widths: ["fc1": .size(3)], symmetry: .antithetic), of: "fc1.weight", teacher: teacher)
    #expect(copied.gathered(old, fresh: 4).doubles() == [7, 9, 7])
    let fresh = try inheritance(
      Widen(widths: ["fc1": .size(3)], symmetry: .zero), of: "fc1.weight", teacher: teacher)
    #expect(fresh.gathered(old, fresh: 4).doubles() == [7, 9, 4])
    #expect(fresh.keepsSteps)
    #expect(fresh.gradientCoefficients(times: ones(fresh)).doubles() == [1, 1, 1])
  }

  @Test("two growths in one plan multiply")
  func chain() throws {
    let teacher = try WidenTests.twoUnits()
    let growths = [4, 8].map {
      Growth.widen(Widen(widths: ["fc1": .size($0)], symmetry: .equal))
    }
    let student = try teacher.grown(by: GrowthPlan(growths: growths)).network
    let reader = try #require(student.inheritance(from: teacher)["fc2.weight"])
    #expect(
      reader.weightCoefficients(times: ones(reader)).doubles()
        == [Double](repeating: 0.25, count: 8))
  }

  /// θ′ = Rθ and L′(Rθ) = L(θ), so Σ α · β over the copies of an entry is 1: in every parameter
  /// that copies alone rewrite.
  @Test(
    "over the copies of an entry, products of the two coefficients sum to one",
    arguments: Fixture.all)
  func transposedMap(_ fixture: Fixture) throws {
    let teacher = try fixture.network()
    let plan = GrowthPlan(growths: [.widen(Widen(all: 2, symmetry: .equal))])
    let student = try teacher.grown(by: plan).network
    for (name, inheritance) in student.inheritance(from: teacher) {
      guard inheritance.oldShape.elementCount > 0 else { continue }
      let indices = Tensor(
        (0..<inheritance.oldShape.elementCount).map(Double.init), shape: inheritance.oldShape)
      let sources = inheritance.gathered(indices, fresh: -1).doubles()
      let products = zip(
        inheritance.weightCoefficients(times: ones(inheritance)).doubles(),
        inheritance.gradientCoefficients(times: ones(inheritance)).doubles()
      ).map { $0 * $1 }
      var sums = [Double](repeating: 0, count: inheritance.oldShape.elementCount)
      for (source, product) in zip(sources, products) where source >= 0 {
        sums[Int(source)] += product
      }
      #expect(sums.allSatisfy { abs($0 - 1) < 1e-12 }, "\(fixture) \(name): \(sums.prefix(4))")
    }
  }

  @Test("new layers and parameters drawn anew have nothing of the teacher's")
  func newParameters() throws {
    let teacher = try WidenTests.twoUnits()
    let deeper = try teacher.grown(
      by: GrowthPlan(growths: [.deepen(Deepen(after: ["relu1"]))])
    ).network
    let inherited = deeper.inheritance(from: teacher)
    #expect(Set(inherited.keys) == ["fc1.weight", "fc2.weight"])
    #expect(inherited.values.allSatisfy { $0.isIdentity })
    let renewed = try teacher.grown(by: GrowthPlan(growths: [.randomInit(RandomInit())])).network
    #expect(renewed.inheritance(from: teacher).isEmpty)
  }
}
