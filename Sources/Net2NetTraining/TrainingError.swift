/// What can go wrong between data and a trained network, in words for whoever can mend it.
/// Files of networks and the engine have errors of their own, which pass through.
public enum TrainingError: Error, Hashable, Sendable {
  // Data.
  /// A specification that names no data set; `nearest` is the form that was probably meant.
  case unknownData(String, nearest: String?)
  case missingData(file: String, remedy: String)
  case malformedData(file: String, part: String, expected: String, found: String)
  /// Parts that are right by themselves and do not fit together.
  case inconsistentData(String, part: String, expected: String, found: String)
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownData(let text, let nearest):
      "data \"\(text)\": \(DataSpecification.forms) expected"
        + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .missingData(let file, let remedy):
      "\(file): there is no such file; \(remedy)"
    case .malformedData(let file, let part, let expected, let found):
      "\(file): \(part): \(expected) expected, \(found) found"
    case .inconsistentData(let name, let part, let expected, let found):
      "\(name): \(part): \(expected) expected, \(found) found"
    }
  }
}
