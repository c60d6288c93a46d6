internal import Foundation
internal import Net2NetFiles
internal import Synchronization

/// How ``LiveCheck`` comes to what it says. Wherever another process may write meanwhile, what was
/// promised is read before what is there.
struct LiveExamination {
  private let folder: LiveFolder
  private let settings: LiveSettings
  private let registry: Registry
  /// Read before the registry.
  private let commits: Result<Int?, any Error>
  private(set) var versions: [Version] = []
  private(set) var exampleCount = 0
  private var learner: LearnerMemory.Notes?
  private(set) var findings: [String] = []
  private(set) var remarks: [String] = []
  private(set) var examined: [String] = []
  let notExamined = [
    "the files in inbox/", "the token", "the process number in lock",
    "unused bytes of registry.sqlite and its -wal and -shm files",
  ]

  init(_ folder: LiveFolder) throws {
    self.folder = folder
    settings = try folder.settings()
    commits = Result { try CommitFile.read(folder.commitsFile) }
    registry = try Registry(reading: folder)
  }

  /// What an alias points to may be found twice.
  private mutating func find(_ error: any Error) {
    let sentence = "\(error)"
    if !findings.contains(sentence) { findings.append(sentence) }
  }

  private mutating func attempt(_ body: (inout LiveExamination) throws -> Void) {
    do { try body(&self) } catch { find(error) }
  }

  // MARK: Settings and registry

  mutating func examineSettings() {
    attempt { examination in
      let (file, registry) = (examination.folder.settingsFile, examination.registry)
      let text = try FileContents.text(of: file)
      examination.examined.append("live.json")
      guard let before = try registry.note(LiveSettings.note, as: String.self) else {
        examination.remarks.append("live.json: nothing tells what it was before")
        return
      }
      guard text != before else { return }
      let names = LiveSettings.differences(before, text)
      throw LifelongError.alteredFile(
        file,
        found:
          "differs from when the model was last opened: \(names); if that is meant, serve it or "
          + "add to it once, else restore it from a copy")
    }
  }

  mutating func examineRegistry() {
    attempt { try $0.registry.checkIntegrity() }
    attempt { examination in
      let check = try examination.registry.checkRows()
      check.findings.forEach { examination.find($0) }
      examination.examined.append("registry.sqlite, \(counted(check.rows, "row"))")
      if !check.hasChecksums {
        examination.remarks.append(
          "registry.sqlite: its rows have no checksums yet, for an earlier net2net wrote it; they "
            + "get them when the model is next served or added to")
      }
    }
    attempt { try $0.examineCommits() }
    attempt { examination in
      for number in try examination.registry.versionNumbers() {
        examination.attempt { $0.versions.append(try $0.registry.version(number)) }
      }
    }
  }

  private mutating func examineCommits() throws {
    guard let count = try registry.read({ try Registry.commitCount(in: $0) }) else { return }
    guard let known = try commits.get() else {
      throw LifelongError.alteredFile(
        folder.commitsFile,
        found: "is missing, so nothing tells how many commits the registry has had; serving or "
          + "adding to the model makes it again")
    }
    guard known > count else { return }
    throw LifelongError.registryAltered(
      file: folder.registryFile,
      part: "\(counted(known - count, "commit")) at the end, which only its -wal file held")
  }

  // MARK: Networks

  mutating func examineNetworks() {
    // Files come before their rows.
    let files = registry.networks.unknown(but: [])
    for version in versions { attempt { _ = try $0.registry.network(of: version) } }
    attempt { examination in
      let numbers = Set(try examination.registry.aliases().values).sorted()
      for number in numbers {
        examination.attempt { _ = try $0.registry.verified(number, for: $0.settings) }
      }
      examination.examined.append(
        "networks of \(counted(examination.versions.count, "version")), of which "
          + "\(numbers.count) ran")
      let known = try examination.registry.knownNetworks()
      let strays = Set(examination.registry.networks.unknown(but: known)).intersection(files)
      for stray in strays.sorted() {
        examination.remarks.append(
          "\(examination.folder.networksFolder)/\(stray): no version has it")
      }
    }
  }

  // MARK: Examples

  mutating func examineExamples() {
    let acknowledged = acknowledgement()
    attempt { examination in
      let store = try ExampleStore(
        examination.folder, examination.settings, examination.registry, isReadOnly: true)
      examination.exampleCount = store.count
      let segments = store.state.withLock { $0.segments.count }
      examination.examined.append(
        "\(counted(store.count, "example")) in \(counted(segments, "segment"))")
      try examination.note(store.examined(), of: store)
      if let acknowledged { examination.compare(acknowledged, with: store) }
    }
    for version in versions {
      guard let end = version.examples?.upperBound, end > exampleCount else { continue }
      find(
        LifelongError.missingExamples(
          known: end, by: "version \(version.number) has learnt from", found: exampleCount))
      break
    }
  }

  private mutating func acknowledgement() -> Acknowledgement? {
    do {
      let path = folder.examplesFolder
      let isExpected = try registry.note(AcknowledgedFile.note, as: Bool.self) == true
      if let found = try AcknowledgedFile.read(in: path) { return found }
      if isExpected {
        find(
          LifelongError.alteredFile(
            AcknowledgedFile.path(in: path),
            found: "is missing, so nothing tells how many examples were acknowledged; restore it"))
      } else {
        remarks.append(
          "examples: nothing tells how many were acknowledged, for an earlier net2net stored them")
      }
    } catch {
      find(error)
    }
    return nil
  }

  private mutating func note(
    _ examination: ExampleStore.Examination, of store: ExampleStore
  ) throws {
    var rest = examination.damaged[...]
    while let first = rest.popFirst() {
      let file = try store.file(of: first)
      var last = first
      while let next = rest.first, next == last + 1, try store.file(of: next) == file {
        last = next
        rest.removeFirst()
      }
      find(
        first == last
          ? LifelongError.damagedExample(first, file: file)
          : LifelongError.damagedExamples(first...last, file: file))
    }
    for file in examination.altered { find(LifelongError.alteredSegment(file: file.path)) }
    if examination.uncompared > 0 {
      remarks.append(
        "examples: \(examination.uncompared) compared with their own checksums alone, for nothing "
          + "else has been noted of them yet")
    }
  }

  /// What is noted of a segment lies in its file and in the registry, or in the other file.
  private mutating func compare(_ acknowledged: Acknowledgement, with store: ExampleStore) {
    if acknowledged.end > store.count {
      find(
        LifelongError.missingExamples(
          known: acknowledged.end, by: "examples/acknowledged counts", found: store.count))
    }
    let segments = store.state.withLock { $0.segments }
    guard acknowledged.end > acknowledged.first else { return }
    let segment = segments.first { $0.first == acknowledged.first }
    let isKnown = segment.map { $0.end >= acknowledged.end && isNoted(acknowledged, of: $0) }
    guard isKnown != true else { return }
    find(
      LifelongError.alteredFile(
        AcknowledgedFile.path(in: folder.examplesFolder),
        found: "does not suit the segments; restore both from one copy"))
  }

  private func isNoted(_ acknowledged: Acknowledgement, of segment: ExampleStore.Segment) -> Bool {
    let count = acknowledged.end - acknowledged.first
    guard let known = segment.known, known.count == count else { return true }
    return known.digest == acknowledged.digest
  }

  // MARK: Learner and lock

  mutating func examineLearner() {
    let place = folder.learnerFolder
    var found = self
    // The folder may be replaced meanwhile; what is found then is found again if it is so.
    for _ in 0..<3 {
      found = self
      let before = try? LearnerMemory.manifestDigest(in: place)
      let count = found.findings.count
      found.attempt { try $0.readLearner() }
      let after = try? LearnerMemory.manifestDigest(in: place)
      if found.findings.count == count || before != nil && before == after { break }
      usleep(50_000)
    }
    self = found
  }

  private mutating func readLearner() throws {
    let place = folder.learnerFolder
    let seal = try registry.note(LearnerMemory.note, as: LearnerMemory.Seal.self)
    guard FileManager.default.fileExists(atPath: place) else {
      guard seal != nil else { return }
      throw LifelongError.alteredFile(
        place, found: "is missing; restore it, or the learner begins from the champion")
    }
    try AtomicDirectory.verify(place)
    let files = try AtomicDirectory.listedFiles(in: place)
    examined.append("learner, \(counted(files.count, "file"))")
    let names = try FileManager.default.contentsOfDirectory(atPath: place)
    for name in Set(names).subtracting(files + [AtomicDirectory.manifestName]).sorted() {
      find(LifelongError.alteredFile("\(place)/\(name)", found: "is not the learner's"))
    }
    _ = try LearningCourse(folder: place, settings: settings.learner, seed: settings.seed)
    let notes = try LearnerMemory.notes(in: place)
    learner = notes
    try compare(notes, with: seal)
  }

  /// What the learner has seen, with what is there.
  mutating func compareLearner() {
    guard let notes = learner else { return }
    let place = folder.learnerFolder
    let known = Set(versions.map(\.number))
    for number in Set([notes.parent, notes.champion]).subtracting(known).sorted() {
      find(
        LifelongError.alteredFile(
          place, found: "comes from version \(number), which the registry does not have"))
    }
    if notes.learntEnd > exampleCount {
      find(
        LifelongError.missingExamples(
          known: notes.learntEnd, by: "the learner has seen", found: exampleCount))
    }
  }

  private mutating func compare(
    _ notes: LearnerMemory.Notes, with seal: LearnerMemory.Seal?
  ) throws {
    guard let seal else {
      remarks.append("learner: compared with its own manifest alone")
      return
    }
    let place = folder.learnerFolder
    let isSealed = try LearnerMemory.manifestDigest(in: place) == seal.manifest
    // Killed before it was noted, a folder is younger than the note.
    guard isSealed || notes.learntEnd > seal.learntEnd else {
      throw LifelongError.alteredFile(
        place, found: "is not what the learner left there last; restore it from a copy")
    }
  }

  /// It holds a number for a sentence, which the next process to write replaces.
  mutating func examineLock() {
    attempt { examination in
      let file = examination.folder.lockFile
      do throws(FilesError) {
        try FileDescriptor.requireRegularFile(file)
      } catch {
        if case .missing = error { return }
        throw error
      }
      let text = try FileContents.data(of: file)
      guard text.isEmpty || FolderLock.holder(of: examination.folder) != nil else {
        throw LifelongError.alteredFile(
          file,
          found: "the number of a process expected, something else found; delete it while "
            + "nobody writes to the model")
      }
    }
  }
}

private func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
