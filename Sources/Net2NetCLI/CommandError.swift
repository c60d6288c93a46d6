import Net2NetTorch
import Net2NetTraining

/// What can go wrong between a command line and the library, in words for whoever typed it.
enum CommandError: Error, Hashable {
  case outputExists(String)
  /// One path for two things.
  case sameFile(String, String, String)
  /// Something in a folder that is to be filled, which is not what the command would replace there.
  case inTheWay(String, wanted: String)
  /// A verification found a difference where none should be; `how` is a clause that says which.
  case differs(student: String, how: String, remedy: String?)
  case unverifiable(reason: String)
  case needsData(site: String)
  case malformedPlan(file: String, reason: String)
  /// A folder that should be that of a run.
  case noRun(String)
  /// Replaying a receipt gives other bytes than the student's.
  case otherStudent(receipt: String, teacher: String, student: String)
  /// What went wrong on one of several ranks.
  case ofRank(Int, reason: String)

  var exitCode: Int32 {
    switch self {
    case .sameFile: 2
    case .outputExists, .inTheWay, .unverifiable, .needsData, .malformedPlan, .noRun, .ofRank: 1
    case .differs, .otherStudent: 3
    }
  }
}

extension CommandError {
  /// What the library says of a growth, with the flags that help; nothing has been written then.
  init?(_ error: TrainingError) {
    switch error {
    case .needsData(let site): self = .needsData(site: site)
    case .unverifiable(let reason): self = .unverifiable(reason: reason)
    case .differs(let student, let how):
      self = .differs(student: student, how: how, remedy: "nothing was written")
    default: return nil
    }
  }
}

extension CommandError: CustomStringConvertible {
  var description: String {
    switch self {
    case .outputExists(let path):
      "\(path): exists already; give another name, or --force to overwrite it"
    case .sameFile(let path, let output, let other):
      "\(path): would be \(output) and is \(other) as well; give one of them another name"
    case .inTheWay(let path, let wanted):
      "\(path): exists already and is not \(wanted); name another folder, or remove it"
    case .differs(let student, let how, let remedy):
      "\(student): does not compute its teacher's function; \(how)"
        + (remedy.map { "; \($0)" } ?? "")
    case .unverifiable(let reason):
      "the growth cannot be verified: \(reason); --no-verify writes it unverified"
    case .needsData(let site):
      "a batch norm inserted at \"\(site)\" needs the statistics of what it will see; give "
        + "--data SPEC to measure them, or leave it out with --no-batch-norm"
    case .ofRank(let rank, let reason):
      "rank \(rank): \(reason)"
    case .malformedPlan(let file, let reason):
      "\(file): \(reason)"
    case .noRun(let path):
      "\(path): is not a run directory: run.json is missing; name one that `net2net train -o` made"
    case .otherStudent(let receipt, let teacher, let student):
      "\(receipt): replayed on \(teacher), it does not give \(student); the student was trained "
        + "or changed since, or the receipt belongs to other networks"
    }
  }
}
