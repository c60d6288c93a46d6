import Net2Net
import Net2NetTorch
import TestSupport
import Testing

/// Growth believes what operators say of themselves. Here each of them is run, and what it says is
/// held against what it computes.
@Suite("What operators say of themselves", .requiresTorch)
struct OperatorFactTests {
  /// Sums of a few hundred products in float64.
  static let rounding = 1e-12

  static let examples = OperatorCase.all.filter { $0.mode == .evaluation }

  @Test func everyKindIsExamined() {
    let missing = Set(Operator.Kind.allCases).subtracting(OperatorCase.all.map(\.operation.kind))
    #expect(missing == [.opaque], "nothing runs an operator that is not known")
  }

  @Test func resultsAreZeroWhereOperandsAre() throws {
    var examined = Set<Operator.Kind>()
    for example in Self.examples {
      let count = example.nodeOperands.count
      guard let terms = example.definition.zero.terms(of: count), !terms.isEmpty else { continue }
      for choice in 0..<(terms.map(\.count).max() ?? 0) {
        let zeroed = Set(terms.map { $0[choice % $0.count] })
        let changed = example.changing(zeroed) { _, _ in 0 }
        let results = try changed.results()
        for result in example.definition.moved == .none ? Array(results.prefix(1)) : results {
          #expect(result.allSatisfy { $0 == 0 }, "\(example.name), operands \(zeroed) zero")
        }
        examined.insert(example.operation.kind)
      }
    }
    #expect(examined.count >= 25)
  }

  @Test func resultsAreNotNegativeWhereOperandsAreNot() throws {
    var examined = Set<Operator.Kind>()
    for example in Self.examples {
      let count = example.nodeOperands.count
      guard let terms = example.definition.nonNegative.terms(of: count) else { continue }
      for choice in 0..<max(terms.map(\.count).max() ?? 1, 1) {
        let raised = Set(terms.map { $0[choice % $0.count] })
        let changed = example.changing(raised) { _, element in abs(element) }
        for result in try changed.results() {
          #expect(result.allSatisfy { !($0 < 0) }, "\(example.name), operands \(raised) raised")
        }
        examined.insert(example.operation.kind)
      }
    }
    #expect(examined.count >= 25)
  }

  @Test func movedElementsAreThoseOfTheOperands() throws {
    var examined = Set<Operator.Kind>()
    for example in Self.examples {
      let moved = example.definition.moved.positions(of: example.nodeOperands.count)
      guard !moved.isEmpty else { continue }
      if case .cast(let cast) = example.operation, !cast.elementType.isFloatingPoint { continue }
      let elements = Set(moved.flatMap { example.operands[$0].converted(to: .float64).doubles() })
      for result in try example.results() {
        #expect(result.allSatisfy { elements.contains($0) }, "\(example.name)")
      }
      examined.insert(example.operation.kind)
    }
    #expect(examined.count >= 13)
  }

  @Test func linearOperatorsKeepMeans() throws {
    var examined = Set<Operator.Kind>()
    for example in Self.examples {
      for positions in example.linearOperands {
        func shifted(_ index: Int, _ element: Double) -> Double { element * 0.5 + Double(index) }
        func between(_ index: Int, _ element: Double) -> Double {
          (element + shifted(index, element)) / 2
        }
        let other = example.changing(positions, by: shifted)
        let mean = example.changing(positions, by: between)
        let (first, second) = (try example.results(), try other.results())
        for (index, result) in try mean.results().enumerated() {
          let expected = zip(first[index], second[index]).map { ($0 + $1) / 2 }
          #expect(
            Self.agree(result, expected), "\(example.name), the mean of operands \(positions)")
        }
        examined.insert(example.operation.kind)
      }
    }
    #expect(examined.count >= 22)
  }

  @Test func resultsFollowScaledOperands() throws {
    var examined = Set<Operator.Kind>()
    for example in Self.examples {
      for positions in example.scaledOperands {
        // A bias is an addend: without it a product is proportional to each factor.
        let isProduct = example.definition.scaling == .eachOperand
        let plain = example.changing(isProduct ? example.biases : []) { _, _ in 0 }
        let scaled = plain.changing(positions) { _, element in element * 4 }
        for (before, after) in zip(try plain.results(), try scaled.results()) {
          #expect(
            Self.agree(after, before.map { $0 * 4 }), "\(example.name), operands \(positions) × 4")
        }
        examined.insert(example.operation.kind)
      }
    }
    #expect(examined.count >= 25)
  }

  private static func agree(_ found: [Double], _ expected: [Double]) -> Bool {
    let magnitude = expected.reduce(1) { $1.isFinite ? max($0, abs($1)) : $0 }
    return zip(found, expected).allSatisfy {
      $0 == $1 || $0.isNaN && $1.isNaN || abs($0 - $1) <= rounding * magnitude
    }
  }
}

extension OperatorCase {
  fileprivate var definition: any OperatorDefinition { operation.definition }

  /// Sets of operands in which the operator says it is linear.
  fileprivate var linearOperands: [Set<Int>] {
    switch definition.linearity {
    case .allOperands: isReal ? [Set(floatingOperands)] : []
    case .eachOperand: floatingOperands.map { [$0] }
    case .firstOperand: isReal ? [[0]] : []
    case .none: []
    }
  }

  /// Sets of operands that the operator says its results are proportional to.
  fileprivate var scaledOperands: [Set<Int>] {
    switch definition.scaling {
    case .allOperands: isReal ? [Set(floatingOperands)] : []
    case .eachOperand: floatingOperands.filter { !biases.contains($0) }.map { [$0] }
    case .firstOperand: isReal ? [[0]] : []
    case .none: []
    }
  }

  fileprivate var biases: Set<Int> {
    Set(definition.parameterKinds.filter { $0.value == .bias }.keys)
  }

  /// Units are scaled and averaged where numbers are real.
  private var isReal: Bool { nodeOperands.first?.elementType.isFloatingPoint ?? false }

  private var floatingOperands: [Int] {
    nodeOperands.indices.filter { operands[$0].elementType.isFloatingPoint }
  }

  /// With other elements in some of the operands.
  fileprivate func changing(
    _ positions: Set<Int>, by change: (_ index: Int, _ element: Double) -> Double
  ) -> OperatorCase {
    var changed = operands
    for position in positions where changed.indices.contains(position) {
      let operand = changed[position]
      let elements = operand.doubles().enumerated().map { change($0.offset, $0.element) }
      changed[position] = Tensor(elementType: operand.elementType, shape: operand.shape) {
        elements[$0]
      }
    }
    return OperatorCase(
      name, operation, changed, code: code, resultCount: resultCount, mode: mode)
  }

  fileprivate func results() throws -> [[Double]] {
    let network = try network(as: .float64)
    let results = try CompiledNetwork(network, precision: .float64)
      .run(["a": try #require(tensors(as: .float64)["a"])])
    return try outputs.map { try #require(results[$0]).doubles() }
  }
}
