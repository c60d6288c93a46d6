internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import Net2NetTraining

// `live.json`. What it does not name has its usual value; an unknown key is an error that names the
// nearest, so that a misspelt limit is never ignored.

extension LiveSettings: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case formatVersion, model, sample, classes, largestClassCount, heldOutShare, reservoirSize, seed
    case learner, inbox
  }

  private static let formatVersion = 1

  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "settings", known: CodingKeys.allCases.map(\.rawValue))
    let format = try container.required("formatVersion", "a whole number", as: Int.self)
    guard format == Self.formatVersion else {
      throw NetworkError.invalidValue(
        "settings: formatVersion", found: "\(format)",
        expected: "\(Self.formatVersion), the only one that this net2net knows")
    }
    self.init(
      model: try container.required("model", "a name"),
      sample: try container.required("sample", "storage, shape and preparation"),
      classes: try container.required("classes", "a list of names"))
    largestClassCount =
      try container.value("largestClassCount", "a whole number") ?? largestClassCount
    heldOutShare = try container.value("heldOutShare", "a number") ?? heldOutShare
    reservoirSize = try container.value("reservoirSize", "a whole number") ?? reservoirSize
    seed = try container.value("seed", "a whole number of 0 or more") ?? seed
    learner = try container.value("learner", "a dictionary") ?? learner
    inbox = try container.value("inbox", "a dictionary") ?? inbox
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.formatVersion, forKey: .formatVersion)
    try container.encode(model, forKey: .model)
    try container.encode(sample, forKey: .sample)
    try container.encode(classes, forKey: .classes)
    try container.encode(largestClassCount, forKey: .largestClassCount)
    try container.encode(heldOutShare, forKey: .heldOutShare)
    try container.encode(reservoirSize, forKey: .reservoirSize)
    try container.encode(seed, forKey: .seed)
    try container.encode(learner, forKey: .learner)
    try container.encode(inbox, forKey: .inbox)
  }
}

extension InboxSettings: Decodable {
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try StrictContainer(
      decoder, place: "inbox", known: CodingKeys.allCases.map(\.rawValue))
    csvOptions = try container.value("csvOptions", "options, or nothing") ?? csvOptions
    npzOptions = try container.value("npzOptions", "options, or nothing") ?? npzOptions
  }
}

extension LiveSettings {
  /// Under which the registry keeps the text of `live.json` as it was last opened.
  static let note = "settings"

  /// As `live.json` holds them.
  func text() throws -> String { try json(self) + "\n" }

  /// The names of the settings that two texts of `live.json` have otherwise, in words.
  static func differences(_ before: String, _ now: String) -> String {
    let values = [before, now].map { text in
      (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .null
    }
    let names = differences(values[0], values[1], "").sorted()
    return names.isEmpty ? "spaces or order alone" : names.joined(separator: ", ")
  }

  private static func differences(
    _ before: JSONValue, _ now: JSONValue, _ place: String
  ) -> [String] {
    guard case .object(let old) = before, case .object(let new) = now else {
      return before == now ? [] : [place.isEmpty ? "everything" : place]
    }
    return Set(old.keys).union(new.keys).flatMap { name in
      differences(
        old[name] ?? .null, new[name] ?? .null, place.isEmpty ? name : "\(place).\(name)")
    }
  }

  /// - Throws: ``LifelongError/malformedSettings(file:reason:)``,
  ///   ``LifelongError/option(_:expected:found:)``, `FilesError`.
  init(file: String) throws {
    let text = try FileContents.data(of: file)
    do {
      self = try JSONDecoder().decode(LiveSettings.self, from: text)
    } catch let error as NetworkError {
      throw LifelongError.malformedSettings(file: file, reason: "\(error)")
    } catch {
      throw LifelongError.malformedSettings(
        file: file, reason: "JSON of a live model's settings expected, something else found")
    }
    try validate()
  }
}
