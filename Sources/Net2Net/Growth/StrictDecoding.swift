/// Decodes a dictionary that may hold known keys only: a misspelt one is an error that names the
/// nearest, never ignored.
struct StrictContainer {
  struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  private let container: KeyedDecodingContainer<Key>
  private let place: String

  init(_ decoder: any Decoder, place: String, known: [String]) throws {
    container = try decoder.container(keyedBy: Key.self)
    self.place = place
    for key in container.allKeys where !known.contains(key.stringValue) {
      throw NetworkError.unknownKey(key.stringValue, in: place, known: known)
    }
  }

  var keys: [String] { container.allKeys.map(\.stringValue) }

  /// Nil for a key that is absent.
  func value<T: Decodable>(_ key: String, _ expected: String, as: T.Type = T.self) throws -> T? {
    let key = Key(key)
    guard container.contains(key) else { return nil }
    do {
      return try container.decode(T.self, forKey: key)
    } catch let error as NetworkError {
      throw error
    } catch {
      throw NetworkError.invalidValue(
        "\(place): \(key.stringValue)", found: "something else", expected: expected)
    }
  }

  /// One text or several.
  func list(_ key: String, _ expected: String) throws -> [String]? {
    if let one = try? value(key, expected, as: String.self) { return [one] }
    return try value(key, expected)
  }

  func required<T: Decodable>(_ key: String, _ expected: String, as: T.Type = T.self) throws -> T {
    guard let value = try value(key, expected, as: T.self) else {
      throw NetworkError.invalidValue("\(place): \(key)", found: "nothing", expected: expected)
    }
    return value
  }
}
