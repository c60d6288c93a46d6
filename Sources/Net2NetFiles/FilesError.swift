public import Net2Net

/// What can go wrong between a file and a network, in words for whoever can mend it. `file` is
/// the path as it was given.
public enum FilesError: Error, Hashable, Sendable {
  // Getting at a file.
  case missing(file: String)
  case notAFile(file: String, found: String)
  case unreadable(file: String, reason: String)
  /// Another program wrote to the file meanwhile.
  case changedWhileRead(file: String, expected: Int, found: Int)

  // What a file holds.
  case foreignFormat(file: String, expected: String, found: String, remedy: String?)
  /// `part` needs more bytes than there are.
  case truncated(file: String, part: String, expected: Int, found: Int)
  case malformed(file: String, part: String, expected: String, found: String)
  case unsupported(file: String, part: String, found: String, remedy: String)
  /// A well-formed file whose graph does not fit together.
  case invalidNetwork(file: String, NetworkError)

  /// A parameter whose values a checkpoint should hold and does not.
  case noCounterpart(file: String, parameter: String, reason: String)

  // Writing.
  case alreadyExists(file: String)
  case unwritable(file: String, reason: String)
}

extension FilesError {
  /// For who cannot know of the temporary name under which something was being written.
  package func naming(_ path: String, insteadOf temporary: String) -> FilesError {
    guard case .unwritable(let file, let reason) = self else { return self }
    return .unwritable(
      file: file.replacing(temporary, with: path), reason: reason.replacing(temporary, with: path))
  }
}

extension FilesError: CustomStringConvertible {
  public var description: String { sentence.shortened }

  private var sentence: String {
    switch self {
    case .missing(let file):
      "\(file): there is no such file"
    case .notAFile(let file, let found):
      "\(file): a file expected, \(found) found"
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .changedWhileRead(let file, let expected, let found):
      "\(file): had \(expected) bytes when it was opened and \(found) when it was read; another "
        + "program is writing to it"
    case .foreignFormat(let file, let expected, let found, let remedy):
      "\(file): \(expected) expected, \(found) found" + (remedy.map { "; \($0)" } ?? "")
    case .truncated(let file, let part, let expected, let found):
      "\(file): \(part): \(expected) bytes expected, the file has \(found)"
    case .malformed(let file, let part, let expected, let found):
      "\(file): \(part): \(expected) expected, \(found) found"
    case .unsupported(let file, let part, let found, let remedy):
      "\(file): \(part): \(found); \(remedy)"
    case .invalidNetwork(let file, let error):
      "\(file): \(error)"
    case .noCounterpart(let file, let parameter, let reason):
      "\(file): has nothing for parameter \"\(parameter)\": \(reason)"
    case .alreadyExists(let file):
      "\(file): exists already and is not overwritten unless asked"
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason)"
    }
  }
}
