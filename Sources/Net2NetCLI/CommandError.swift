/// What can go wrong between a command line and the library, in words for whoever typed it.
enum CommandError: Error, Hashable {
  case outputExists(String)

  var exitCode: Int32 {
    switch self {
    case .outputExists: 1
    }
  }
}

extension CommandError: CustomStringConvertible {
  var description: String {
    switch self {
    case .outputExists(let path):
      "\(path): exists already; give another name, or --force to overwrite it"
    }
  }
}
