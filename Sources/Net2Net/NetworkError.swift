/// What can be wrong with a network or with a growth asked of it, in words for whoever can mend
/// it.
public enum NetworkError: Error, Hashable, Sendable {
  // A graph that is not one.
  case duplicateName(String, node: String)
  case undefinedOperand(String, node: String)
  case undefinedOutput(String)
  case operandCount(node: String, operation: String, found: Int)
  case shape(node: String, operation: String, reason: String)
  case declaredShape(value: String, declared: TensorType, inferred: TensorType)

  // A growth that cannot be.
  case unknownWidth(String, nearest: [String])
  case pinnedWidth(String, reasons: [String])
}

extension NetworkError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .duplicateName(let name, let node):
      "node \"\(node)\": \"\(name)\" is already the name of another value"
    case .undefinedOperand(let name, let node):
      "node \"\(node)\": its input \"\(name)\" is neither a graph input, nor a parameter, nor the "
        + "output of an earlier node"
    case .undefinedOutput(let name):
      "the graph's output \"\(name)\" is made by no node"
    case .operandCount(let node, let operation, let found):
      "node \"\(node)\" (\(operation)): \(found) inputs do not suit this operator"
    case .shape(let node, let operation, let reason):
      "node \"\(node)\" (\(operation)): \(reason)"
    case .declaredShape(let value, let declared, let inferred):
      "\"\(value)\": declared \(declared), computed \(inferred)"
    case .unknownWidth(let name, let nearest):
      "there is no width \"\(name)\"" + Self.suggestion(nearest)
    case .pinnedWidth(let name, let reasons):
      "width \"\(name)\" is pinned: \(reasons.joined(separator: "; "))"
    }
  }

  private static func suggestion(_ nearest: [String]) -> String {
    guard !nearest.isEmpty else { return "" }
    return "; did you mean \(nearest.map { "\"\($0)\"" }.joined(separator: " or "))?"
  }
}
