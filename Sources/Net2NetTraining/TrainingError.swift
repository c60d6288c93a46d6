/// What can go wrong between data and a trained network, in words for whoever can mend it.
/// Files of networks and the engine have errors of their own, which pass through.
public enum TrainingError: Error, Hashable, Sendable {
  // Data.
  /// A specification that names no data set; `nearest` is the form that was probably meant.
  case unknownData(String, nearest: String?)
  /// A specification whose form of images is not one.
  case dataForm(String, part: String, reason: String)
  case missingData(file: String, remedy: String)
  case malformedData(file: String, part: String, expected: String, found: String)
  /// Parts that are right by themselves and do not fit together.
  case inconsistentData(String, part: String, expected: String, found: String)

  // Training.
  case option(String, expected: String, found: String)
  /// A network that does not take these images or does not tell these classes apart.
  case networkMismatch(part: String, expected: String, found: String)
  case stateMismatch(parameter: String, expected: String, found: String)
  /// `cause` is where the first number that is none was found.
  case diverged(step: Int, learningRate: Double, cause: String?)

  // Growth.
  /// The plan's growth of this number, from 1, cannot be carried out.
  case impossibleGrowth(Int, reason: String)
  /// A batch norm is inserted at a site, and there is no data to measure what it will see.
  case needsData(site: String)
  case unverifiable(reason: String)
  /// A growth that should keep the function has not; `how` is a clause that says what differs.
  case differs(student: String, how: String)

  // Many processes.
  /// Rank 0 has ended, and has said why itself.
  case endedByRankZero(String)
  /// The ranks named no longer hold what rank 0 holds.
  case ranksDiffer([Int], at: String)
  /// The ranks named began with something else than rank 0.
  case ranksHoldOther(String, [Int], remedy: String)

  // Run directories.
  case runExists(String)
  /// A folder that holds `found`, which has the name of something of a run's, and no run.
  case notARun(String, found: String)
  /// Somebody else writes to the folder: a process, of another machine unless nil, where it is known.
  case inUse(String, process: Int32?, machine: String?)
  case unusableDirectory(String, reason: String)
  case damagedRun(file: String, expected: String, found: String)
  /// `run.json` is no longer what the run wrote.
  case changedDescription(file: String, expected: String, found: String)
  /// No checkpoint of the run can be used; `reason` is what is wrong with the newest.
  case noCheckpoint(String, reason: String)
  /// A run that is taken up is given something else than it began with.
  case otherRun(part: String, expected: String, found: String)
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownData(let text, let nearest):
      "data \"\(text)\": \(DataSpecification.forms) expected"
        + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .dataForm(let text, let part, let reason):
      "data \"\(text)\": \(part): \(reason)"
    case .missingData(let file, let remedy):
      "\(file): there is no such file; \(remedy)"
    case .malformedData(let file, let part, let expected, let found):
      "\(file): \(part): \(expected) expected, \(found) found"
    case .inconsistentData(let name, let part, let expected, let found):
      "\(name): \(part): \(expected) expected, \(found) found"
    case .option(let name, let expected, let found):
      "\(name): \(expected) expected, \(found) found"
    case .networkMismatch(let part, let expected, let found):
      "\(part): \(expected) expected, \(found) found"
    case .stateMismatch(let parameter, let expected, let found):
      "optimizer state of \"\(parameter)\": \(expected) expected, \(found) found"
    case .diverged(let step, let learningRate, let cause):
      "step \(step): the loss is no longer a number, at learning rate \(learningRate)"
        + (cause.map { ", first in \($0)" } ?? "")
        + "; try a lower rate, or more warm-up"
    case .impossibleGrowth(let number, let reason):
      "growth \(number) of the plan: \(reason)"
    case .needsData(let site):
      "a batch norm inserted at \"\(site)\" needs data, for the statistics of what it will see"
    case .unverifiable(let reason):
      "the growth cannot be verified: \(reason)"
    case .differs(let student, let how):
      "\(student): does not compute its teacher's function; \(how)"
    case .endedByRankZero(let reason):
      "rank 0 has ended: \(reason)"
    case .ranksDiffer(let ranks, let moment):
      "\(moment): the network of \(ranks.count == 1 ? "rank" : "ranks") "
        + ranks.map(String.init).joined(separator: ", ") + " is no longer that of rank 0; use the "
        + "same program, processors of one kind and as many --threads on all ranks, and start them "
        + "again: they go on from the last checkpoint"
    case .ranksHoldOther(let part, let ranks, let remedy):
      "\(part) of \(ranks.count == 1 ? "rank" : "ranks") "
        + ranks.map(String.init).joined(separator: ", ")
        + " is not that of rank 0; \(remedy)"
    case .runExists(let directory):
      "\(directory): holds a run already; go on with it, overwrite it or name another folder"
    case .notARun(let directory, let found):
      "\(directory): holds \(found) and is not a run directory: run.json is missing, or not that of "
        + "a run; name another folder, or remove \(found) yourself"
    case .inUse(let directory, let process, let machine):
      "\(directory): is in use by "
        + (process.map { "process \($0)" } ?? "another process")
        + (machine.map { " of \($0)" } ?? "")
        + "; wait until it ends, or name another folder"
    case .unusableDirectory(let directory, let reason):
      "\(directory): cannot be made a run's folder: \(reason)"
    case .noCheckpoint(let directory, let reason):
      "\(directory): holds no checkpoint to go on from: \(reason)"
    case .otherRun(let part, let expected, let found):
      "the run cannot be gone on with: \(part): \(expected) expected, as it began, \(found) found"
    case .damagedRun(let file, let expected, let found):
      "\(file): \(expected) expected, \(found) found"
    case .changedDescription(let file, let expected, let found):
      "\(file): has been changed since the run wrote it: SHA-256 \(expected) expected, \(found) "
        + "found; restore the file, or remove its line \"sha256\" to go on with it as it is"
    }
  }
}
