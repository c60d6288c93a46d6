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
  case tooLarge(value: String, TensorType)
  case tooManyAxes(value: String, found: Int)
  case tooIntricate(String)

  // A growth that cannot be.
  case unknownWidth(String, nearest: [String])
  case pinnedWidth(String, reasons: [String])
  case unevenSize(String, size: Int, asked: Int, reasons: [String])
  case unevenCopies(widths: [String], node: String)
  case copiesOnly(String, symmetry: String)
  case notGrowing(what: String, from: String, to: String)
  case nothingToGrow
  case noSiteNamed
  /// Of the sites that were chosen.
  case noSiteGains
  /// `least` is what the smallest growth comes to, where there is one.
  case unreachableTarget(String, target: Int, now: Int, least: Int?)
  case unmatchedPattern(String, String, nearest: [String])
  case unknownSite(String, nearest: [String])
  case unknownBlock(String, nearest: [String])
  case unknownNode(String, nearest: [String])
  case notGrowable(what: String, reason: String)
  case missingCalibration(site: String)

  // A plan that cannot be read.
  case unknownKey(String, in: String, known: [String])
  case unknownChoice(String, String, known: [String])
  case invalidValue(String, found: String, expected: String)

  // A built-in architecture asked for with options it does not have.
  case architecture(String, reason: String)
}

extension String {
  /// Names and lists in a file may be as long as the file. A sentence that quotes one keeps its
  /// beginning and its end.
  package var shortened: String {
    guard utf8.count > 4000 else { return self }
    return String(decoding: utf8.prefix(3000), as: UTF8.self) + " … "
      + String(decoding: utf8.suffix(500), as: UTF8.self)
  }
}

extension NetworkError: CustomStringConvertible {
  public var description: String { sentence.shortened }

  private var sentence: String {
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
    case .tooLarge(let value, let type):
      "\"\(value)\": \(type) is no size that a tensor can have"
    case .tooManyAxes(let value, let found):
      "\"\(value)\": \(found) axes; at most \(Shape.largestRank) are supported"
    case .tooIntricate(let reason):
      "the widths cannot be told apart: \(reason)"
    case .unknownWidth(let name, let nearest):
      "there is no width \"\(name)\"" + Self.suggestion(nearest)
    case .pinnedWidth(let name, let reasons):
      "width \"\(name)\" is pinned: \(reasons.joined(separator: "; "))"
    case .unevenSize(let name, let size, let asked, let reasons):
      "width \"\(name)\" of \(size) grows to multiples of \(size) only, not to \(asked): every "
        + "unit needs the same number of copies (\(reasons.joined(separator: "; ")))"
    case .unevenCopies(let widths, let node):
      "\"\(node)\" summarises over \(Self.list(widths)): every unit must get the same number of "
        + "copies, so grow \(widths.count > 1 ? "them together, by one whole factor" : "it by a whole factor"), with a symmetry that copies"
    case .copiesOnly(let name, let symmetry):
      "width \"\(name)\" grows by copies only, and symmetry \(symmetry) makes none: choose another, "
        + "such as antithetic"
    case .notGrowing(let what, let from, let to):
      "\(what) has \(from); \(to) would not be a growth"
    case .nothingToGrow:
      "nothing to grow: no width is named, or none can grow by this factor"
    case .noSiteNamed:
      "nothing to deepen: no site is named; name one or more, or ask for all"
    case .noSiteGains:
      "nothing to deepen: no chosen site gains a non-linearity by an identity layer; other sites can "
        + "be named one by one"
    case .unreachableTarget(let what, let target, let now, let least):
      "a target of \(target) \(what) cannot be met: the network has \(now)"
        + (least.map { ", and the smallest growth gives \($0)" } ?? "")
    case .unmatchedPattern(let pattern, let what, let nearest):
      "the pattern \"\(pattern)\" matches no \(what)" + Self.suggestion(nearest)
    case .unknownSite(let name, let nearest):
      "there is no site \"\(name)\"" + Self.suggestion(nearest)
    case .unknownBlock(let name, let nearest):
      "there is no residual block \"\(name)\"" + Self.suggestion(nearest)
    case .unknownNode(let name, let nearest):
      "there is no node \"\(name)\"" + Self.suggestion(nearest)
    case .notGrowable(let what, let reason):
      "\(what) cannot grow so: \(reason)"
    case .missingCalibration(let site):
      "a batch norm inserted at \"\(site)\" needs the statistics of its input: give data to "
        + "calibrate on, or leave the batch norm out"
    case .unknownKey(let key, let place, let known):
      "\(place): unknown key \"\(key)\"" + Self.choice(key, known)
    case .unknownChoice(let what, let found, let known):
      "\(what) \"\(found)\" is not known" + Self.choice(found, known)
    case .invalidValue(let what, let found, let expected):
      "\(what): \(expected) expected, \(found) found"
    case .architecture(let name, let reason):
      "\(name): \(reason)"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.map { "\"\($0)\"" }.joined(separator: ", ")
  }

  /// The nearest of the known names, or all of them when none is near.
  private static func choice(_ name: String, _ known: [String]) -> String {
    let close = nearest(to: name, among: known)
    return close.isEmpty ? "; known are \(list(known))" : suggestion(close)
  }

  private static func suggestion(_ nearest: [String]) -> String {
    guard !nearest.isEmpty else { return "" }
    return "; did you mean \(nearest.map { "\"\($0)\"" }.joined(separator: " or "))?"
  }
}
