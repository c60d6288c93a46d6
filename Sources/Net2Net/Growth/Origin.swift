/// Where a parameter or a node of a student came from.
///
/// Growths record origins when they make something. Nothing is read back out of a name: a module
/// that its author called `deeper2` is an ordinary module.
///
/// As JSON: `"same"`, `{"grown": "conv1.weight"}`,
/// `{"copied": "layer1.conv.weight", "block": "layer1", "copy": 2}` and
/// `{"inserted": "relu1", "number": 1, "part": "conv.weight"}`.
public enum Origin: Hashable, Sendable {
  /// It is as the teacher has it.
  case same
  /// The teacher has it under the name `from`, with another size or other values.
  case grown(from: String)
  /// It is part of a copy of a block. `from` is its counterpart in the block, whose values it has,
  /// unless the growth set them to zero or drew them. `block` is the block's name when it was
  /// repeated. `copy` is 2 or more; no two copies of a block have the same one.
  case copied(from: String, block: String, copy: Int)
  /// It belongs to layers that were inserted at a site. `number` counts the insertions at that
  /// site, from 1. `part` is its name within one insertion, such as `conv.weight`.
  case inserted(at: String, number: Int, part: String)
}

extension Origin: Codable {
  private enum Keys {
    static let (grown, copied, inserted) = ("grown", "copied", "inserted")
    static let (block, copy, number, part) = ("block", "copy", "number", "part")
  }

  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "same" else {
        throw NetworkError.invalidValue("origin", found: "\"\(word)\"", expected: "\"same\"")
      }
      self = .same
      return
    }
    let kind = try StrictContainer(
      decoder, place: "origin",
      known: [
        Keys.grown, Keys.copied, Keys.inserted, Keys.block, Keys.copy, Keys.number, Keys.part,
      ]
    ).keys.first { [Keys.grown, Keys.copied, Keys.inserted].contains($0) }
    let name = "a name"
    switch kind {
    case Keys.grown:
      let values = try StrictContainer(decoder, place: "origin", known: [Keys.grown])
      self = .grown(from: try values.required(Keys.grown, name))
    case Keys.copied:
      let values = try StrictContainer(
        decoder, place: "origin", known: [Keys.copied, Keys.block, Keys.copy])
      self = .copied(
        from: try values.required(Keys.copied, name), block: try values.required(Keys.block, name),
        copy: try values.count(Keys.copy, from: 2))
    case Keys.inserted:
      let values = try StrictContainer(
        decoder, place: "origin", known: [Keys.inserted, Keys.number, Keys.part])
      self = .inserted(
        at: try values.required(Keys.inserted, name),
        number: try values.count(Keys.number, from: 1),
        part: try values.required(Keys.part, name))
    default:
      throw NetworkError.invalidValue(
        "origin", found: "none of its kinds",
        expected: "\"same\", or one of the keys \(Keys.grown), \(Keys.copied), \(Keys.inserted)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    guard self != .same else {
      var word = encoder.singleValueContainer()
      return try word.encode("same")
    }
    var values = encoder.container(keyedBy: StrictContainer.Key.self)
    switch self {
    case .same: break
    case .grown(let from):
      try values.encode(from, forKey: .init(Keys.grown))
    case .copied(let from, let block, let copy):
      try values.encode(from, forKey: .init(Keys.copied))
      try values.encode(block, forKey: .init(Keys.block))
      try values.encode(copy, forKey: .init(Keys.copy))
    case .inserted(let site, let number, let part):
      try values.encode(site, forKey: .init(Keys.inserted))
      try values.encode(number, forKey: .init(Keys.number))
      try values.encode(part, forKey: .init(Keys.part))
    }
  }
}

extension StrictContainer {
  /// Growths count on from it, so it has a bound.
  fileprivate func count(_ key: String, from least: Int) throws -> Int {
    let most = 1 << 30
    let expected = "a whole number from \(least) to \(most)"
    let count: Int = try required(key, expected)
    guard (least...most).contains(count) else {
      throw NetworkError.invalidValue("origin: \(key)", found: "\(count)", expected: expected)
    }
    return count
  }
}
