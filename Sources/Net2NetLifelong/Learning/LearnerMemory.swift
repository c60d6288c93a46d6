internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import Net2NetTraining

/// What the learner carries from round to round, on the disk after each: the folder `learner` of a
/// live model, replaced as a whole.
struct LearnerMemory: Sendable {
  var course: LearningCourse
  var notes: Notes

  struct Notes: Sendable, Codable {
    /// Examples below this number have been learnt from, as far as they are to learn from.
    var learntEnd: Int
    /// What the next version comes from.
    var parent: Int
    /// As this learner left it.
    var champion: Int
    var reservoir: Reservoir
    var drift = Drift()
    /// A growth that no version has been made of yet.
    var growth: PendingGrowth?
  }

  struct PendingGrowth: Sendable, Codable {
    var plan: GrowthPlan
    var receipt: Receipt
  }

  private init(course: LearningCourse, notes: Notes) {
    (self.course, self.notes) = (course, notes)
  }

  private static let notesName = "learner.json"

  /// What is on the disk; where there is nothing whole, the learner begins from the champion with
  /// what arrived after it.
  init(_ model: LiveModel) throws {
    guard let champion = try model.registry.version(.champion) else {
      throw LifelongError.noSuchAlias(.champion)
    }
    if let kept = try Self.kept(model) {
      self = kept
      return
    }
    let notes = Notes(
      learntEnd: champion.examples?.upperBound ?? 0, parent: champion.number,
      champion: champion.number,
      reservoir: Reservoir(size: model.settings.reservoirSize, seed: model.settings.seed))
    try self.init(model, startingFrom: champion, keeping: notes)
    self.notes.reservoir.update(from: model.examples, upTo: notes.learntEnd)
  }

  /// A folder that is damaged, or missing, is told of.
  private static func kept(_ model: LiveModel) throws -> LearnerMemory? {
    let folder = model.folder.learnerFolder
    let isThere = FileManager.default.fileExists(atPath: folder)
    guard try isThere || model.registry.note(note, as: Seal.self) != nil else { return nil }
    do {
      try AtomicDirectory.verify(folder)
      return LearnerMemory(
        course: try LearningCourse(
          folder: folder, settings: model.settings.learner, seed: model.settings.seed),
        notes: try notes(in: folder))
    } catch {
      try model.registry.record(
        .failed, ["reason": .string("\(error); the learner begins from the champion")])
      return nil
    }
  }

  /// A new course from a version, with what is known of the data.
  init(_ model: LiveModel, startingFrom champion: Version, keeping notes: Notes) throws {
    course = LearningCourse(
      try model.registry.network(of: champion), settings: model.settings.learner,
      seed: Draw(seed: model.settings.seed).derived(for: "version \(champion.number)").seed)
    self.notes = notes
    self.notes.parent = champion.number
    self.notes.champion = champion.number
    self.notes.growth = nil
  }

  static func notes(in folder: String) throws -> Notes {
    let file = "\(folder)/\(notesName)"
    let text = try FileContents.data(of: file)
    guard let notes = try? JSONDecoder().decode(Notes.self, from: text) else {
      throw FilesError.malformed(
        file: file, part: "contents", expected: "the notes of a learner", found: "something else")
    }
    return notes
  }

  // MARK: Saving

  /// What the registry notes of the folder once it is there.
  struct Seal: Sendable, Codable, Hashable {
    var learntEnd: Int
    /// The SHA-256 of its manifest, which has those of its files.
    var manifest: String
  }

  static let note = "learner"

  static func manifestDigest(in folder: String) throws -> String {
    try Digest(ofFile: "\(folder)/\(AtomicDirectory.manifestName)").description
  }

  func save(_ model: LiveModel) throws {
    let folder = model.folder.learnerFolder
    try AtomicDirectory.write(folder) { folder in
      try course.write(into: folder)
      try AtomicFile.write(
        try json(notes) + "\n", to: "\(folder)/\(Self.notesName)", overwriting: false)
    }
    let seal = Seal(
      learntEnd: notes.learntEnd, manifest: try Self.manifestDigest(in: folder))
    try model.registry.note(seal, as: Self.note)
  }
}
