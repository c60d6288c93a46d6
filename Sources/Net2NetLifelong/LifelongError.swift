internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// What can go wrong with a model that lives for long, in words for whoever can mend it. Errors of
/// files, of the engine and of training pass through as they are.
public enum LifelongError: Error, Hashable, Sendable {
  /// A number or a word of the settings that is out of its range.
  case option(String, expected: String, found: String)

  // The folder.
  case noLiveFolder(String)
  case folderExists(String)
  /// Another process writes to it; nil where its number is not known.
  case inUse(String, process: Int32?)
  case unusableFolder(String, reason: String)
  case malformedSettings(file: String, reason: String)
  case diskFull(file: String)
  /// A file of the folder that is not as this program left it.
  case alteredFile(String, found: String)

  // The registry.
  case registryMissing(file: String)
  case registryLocked(file: String, seconds: Int)
  case registryReadOnly(file: String)
  /// Written by a later version of this program.
  case registryNewer(file: String)
  case registryDamaged(file: String, found: String)
  /// SQLite finds it whole, and it is not what was written.
  case registryAltered(file: String, part: String)

  // Versions.
  case unknownVersion(Int, newest: Int?)
  case noSuchAlias(Alias)
  case nothingToRollBackTo
  case networkTooLarge(bytes: Int, limit: Int)
  case networkFileMissing(version: Int, file: String)
  case networkFileDiffers(version: Int, file: String, expected: String, found: String)
  /// A network that does not take the model's samples or lacks some of its classes.
  case signatureMismatch(part: String, expected: String, found: String)
  /// What the network computes is not what it computed when it was added.
  case goldenDiffers(version: Int, difference: String, tolerance: String)

  // Examples.
  case sampleMismatch(part: String, expected: String, found: String)
  case className(String, expected: String, found: String)
  case tooManyClasses(name: String, limit: Int)
  case storeBusy(pendingBytes: Int)
  case storeClosed
  case noExamples(String)
  case unknownExample(Int, count: Int)
  case damagedExample(Int, file: String)
  /// Side by side in one file.
  case damagedExamples(ClosedRange<Int>, file: String)
  case damagedSegment(file: String, part: String, expected: String, found: String)
  /// Its records suit their checksums, and are not those that were written.
  case alteredSegment(file: String)
  case missingSegment(file: String, from: Int)
  /// What somebody knows to have been stored.
  case missingExamples(known: Int, by: String, found: Int)

  // Serving.
  /// A file whose token is missing or too easy to guess.
  case unusableToken(file: String, found: String)
  /// An address that other machines reach, without a token.
  case exposed(address: String)
  case cannotListen(address: String, reason: String)
  /// A version that does not suit those that clients know.
  case refusedVersion(Int, reason: String)

  // Simulations.
  /// A folder that holds an experiment with other settings.
  case otherSimulation(folder: String)
}

extension LifelongError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .option(let name, let expected, let found):
      "\(name): \(expected) expected, \(found) found"
    case .noLiveFolder, .folderExists, .inUse, .unusableFolder, .malformedSettings, .diskFull,
      .alteredFile:
      folderSentence
    case .registryMissing, .registryLocked, .registryReadOnly, .registryNewer, .registryDamaged,
      .registryAltered:
      registrySentence
    case .unknownVersion, .noSuchAlias, .nothingToRollBackTo, .networkTooLarge,
      .networkFileMissing, .networkFileDiffers, .signatureMismatch, .goldenDiffers:
      versionSentence
    case .sampleMismatch, .className, .tooManyClasses, .storeBusy, .storeClosed, .noExamples,
      .unknownExample, .damagedExample, .damagedExamples, .damagedSegment, .alteredSegment,
      .missingSegment, .missingExamples:
      exampleSentence
    case .otherSimulation(let folder):
      "\(folder): holds a simulation with other settings or data, or of another version of "
        + "net2net; go on with those, or name another folder"
    case .unusableToken, .exposed, .cannotListen, .refusedVersion:
      servingSentence
    }
  }

  private var servingSentence: String {
    switch self {
    case .unusableToken(let file, let found):
      "\(file): a token of 16 or more printable characters without spaces expected, \(found) found; "
        + "write one into it, or delete a live folder's own and the next start makes another"
    case .exposed(let address):
      "\(address): other machines reach this address, so a token is needed; give one, or serve at "
        + "127.0.0.1"
    case .cannotListen(let address, let reason):
      "\(address): cannot be listened at: \(reason); give another --port, or end what listens there"
    case .refusedVersion(let number, let reason):
      "version \(number) is not served: \(reason)"
    default: ""
    }
  }

  private var folderSentence: String {
    switch self {
    case .noLiveFolder(let path):
      "\(path): is no folder of a live model, for it holds no live.json; `net2net live init` makes "
        + "one"
    case .folderExists(let path):
      "\(path): exists already and is not empty; give another name"
    case .inUse(let path, let process):
      "\(path): is in use by " + (process.map { "process \($0)" } ?? "another process")
        + "; only one at a time may write to it"
    case .unusableFolder(let path, let reason):
      "\(path): \(reason)"
    case .malformedSettings(let file, let reason):
      "\(file): \(reason)"
    case .diskFull(let file):
      "\(file): the disk is full; nothing was taken that is not stored, make room and try again"
    case .alteredFile(let file, let found):
      "\(file): \(found)"
    default: ""
    }
  }

  private var registrySentence: String {
    switch self {
    case .registryMissing(let file):
      "\(file): there is no registry; it was moved or deleted, restore it with its -wal file"
    case .registryLocked(let file, let seconds):
      "\(file): another program has kept the registry locked for \(seconds) seconds; close it"
    case .registryReadOnly(let file):
      "\(file): cannot be opened, for it or its folder may not be written to, which its log needs "
        + "even to be read; check their permissions and the disk"
    case .registryNewer(let file):
      "\(file): was written by a later net2net; use that one"
    case .registryDamaged(let file, let found):
      "\(file): is damaged (\(found)); restore a copy, examples and networks beside it are whole "
        + "by themselves"
    case .registryAltered(let file, let part):
      "\(file): \(part): differs from what was written; restore a copy"
    default: ""
    }
  }

  private var versionSentence: String {
    switch self {
    case .unknownVersion(let number, let newest):
      "version \(number): there is none; "
        + (newest.map { "the newest is \($0)" } ?? "none has been added yet")
    case .noSuchAlias(let alias):
      "no version is \(alias.rawValue)"
    case .nothingToRollBackTo:
      "there is no previous version to roll back to"
    case .networkTooLarge(let bytes, let limit):
      "the network has \(bytes) bytes of parameters; a live model may have \(limit), what fits into "
        + "one ONNX file"
    case .networkFileMissing(let version, let file):
      "version \(version): its file \(file) is missing; restore it, or use another version"
    case .networkFileDiffers(let version, let file, let expected, let found):
      "version \(version): \(file): SHA-256 \(expected) expected, \(found) found; restore it, or "
        + "use another version"
    case .signatureMismatch(let part, let expected, let found):
      "\(part): \(expected) expected, \(found) found"
    case .goldenDiffers(let version, let difference, let tolerance):
      "version \(version): computes something else than when it was added: its outputs differ by "
        + "\(difference), at most \(tolerance) expected"
    default: ""
    }
  }

  private var exampleSentence: String {
    switch self {
    case .sampleMismatch(let part, let expected, let found):
      "\(part): \(expected) expected, \(found) found"
    case .className(let name, let expected, let found):
      "class \"\(name.shown())\": \(expected) expected, \(found) found; give the class another name"
    case .tooManyClasses(let name, let limit):
      "class \"\(name.shown())\": would be one more than the \(limit) that the settings allow"
    case .storeBusy(let pendingBytes):
      "\(pendingBytes) bytes of examples wait to be written already; try again in a moment"
    case .storeClosed:
      "the store of examples is closed"
    case .noExamples(let purpose):
      "there is no example \(purpose) yet; add some"
    case .unknownExample(let number, let count):
      "example \(number): there are \(count), counted from 0"
    case .damagedExample(let number, let file):
      "example \(number): \(file) no longer holds what was written; it is left out from now on"
    case .damagedExamples(let numbers, let file):
      "examples \(numbers.lowerBound) to \(numbers.upperBound): \(file) no longer holds what was "
        + "written; they are left out from now on"
    case .alteredSegment(let file):
      "\(file): the records have their own checksums, and are not those that were written; restore "
        + "it from a copy"
    case .missingSegment(let file, let from):
      "\(file): is missing, and with it the examples from number \(from) on; restore it from a copy"
    case .missingExamples(let known, let source, let found):
      "examples: \(source) \(known), \(found) found; restore examples/ from a copy"
    case .damagedSegment(let file, let part, let expected, let found):
      "\(file): \(part): \(expected) expected, \(found) found; restore it, or live.json, from a copy"
    default: ""
    }
  }
}

extension LifelongError {
  /// The error itself, or the case of a full disk, which clients are told of.
  static func translated(_ error: FilesError) -> any Error {
    guard case .unwritable(let file, let reason) = error,
      reason == AtomicFile.reason(ENOSPC, in: file)
    else { return error }
    return LifelongError.diskFull(file: file)
  }
}
