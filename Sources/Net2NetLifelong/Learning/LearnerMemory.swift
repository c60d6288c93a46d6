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

  private static func folder(_ model: LiveModel) -> String { "\(model.folder.path)/learner" }

  /// What is on the disk; where there is nothing whole, the learner begins from the champion with
  /// what arrived after it.
  init(_ model: LiveModel) throws {
    guard let champion = try model.registry.version(.champion) else {
      throw LifelongError.noSuchAlias(.champion)
    }
    if let kept = Self.kept(model) {
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

  private static func kept(_ model: LiveModel) -> LearnerMemory? {
    let folder = folder(model)
    guard (try? AtomicDirectory.verify(folder)) != nil, let notes = try? notes(in: folder),
      let course = try? LearningCourse(
        folder: folder, settings: model.settings.learner, seed: model.settings.seed)
    else { return nil }
    return LearnerMemory(course: course, notes: notes)
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

  private static func notes(in folder: String) throws -> Notes {
    let bytes = try FileContents(of: "\(folder)/\(notesName)").bytes
    return try withExtendedLifetime(bytes) {
      try JSONDecoder().decode(Notes.self, from: Data(bytes.buffer))
    }
  }

  func save(_ model: LiveModel) throws {
    try AtomicDirectory.write(Self.folder(model)) { folder in
      try course.write(into: folder)
      try AtomicFile.write(
        try json(notes) + "\n", to: "\(folder)/\(Self.notesName)", overwriting: false)
    }
  }
}
