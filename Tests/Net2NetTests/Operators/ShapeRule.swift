import Net2Net
import Testing

/// An operator, the types of its inputs, and what its shape rule makes of them: the outputs'
/// descriptions, or the sentence of its refusal.
struct ShapeRule: CustomTestStringConvertible, Sendable {
  let operation: Operator
  let inputs: [TensorType?]
  let expected: String

  init(_ operation: Operator, _ inputs: [TensorType?], _ expected: String) {
    self.operation = operation
    self.inputs = inputs
    self.expected = expected
  }

  var testDescription: String {
    "\(operation.definition.name)(\(inputs.map { $0?.description ?? "–" }.joined(separator: "; ")))"
  }

  func check(sourceLocation: SourceLocation = #_sourceLocation) {
    let found: String
    do {
      found = try operation.definition.outputTypes(of: inputs).map(\.description)
        .joined(separator: "; ")
    } catch {
      found = "\(error)"
    }
    #expect(found == expected, sourceLocation: sourceLocation)
  }
}

/// The symbolic batch.
let N = Dimension.symbolic("N")

func float32(_ dimensions: Dimension...) -> TensorType { TensorType(.float32, dimensions) }

func int64(_ dimensions: Dimension...) -> TensorType { TensorType(.int64, dimensions) }

func bool(_ dimensions: Dimension...) -> TensorType { TensorType(.bool, dimensions) }
