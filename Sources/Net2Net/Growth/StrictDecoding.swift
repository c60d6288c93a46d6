/// Decodes a dictionary that may hold known keys only: a misspelt one is an error that names the
/// nearest, never ignored.
package struct StrictContainer {
  package struct Key: CodingKey {
    package var stringValue: String
    package var intValue: Int? { nil }
    package init(_ name: String) { stringValue = name }
    package init?(stringValue: String) { self.init(stringValue) }
    package init?(intValue: Int) { nil }
  }

  private let container: KeyedDecodingContainer<Key>
  private let place: String

  package init(_ decoder: any Decoder, place: String, known: [String]) throws {
    container = try decoder.container(keyedBy: Key.self)
    self.place = place
    for key in container.allKeys where !known.contains(key.stringValue) {
      throw NetworkError.unknownKey(key.stringValue, in: place, known: known)
    }
  }

  package var keys: [String] { container.allKeys.map(\.stringValue) }

  /// Nil for a key that is absent.
  package func value<T: Decodable>(_ key: String, _ expected: String, as: T.Type = T.self) throws
    -> T?
  {
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
  package func list(_ key: String, _ expected: String) throws -> [String]? {
    if let one = try? value(key, expected, as: String.self) { return [one] }
    return try value(key, expected)
  }

  package func required<T: Decodable>(_ key: String, _ expected: String, as: T.Type = T.self) throws
    -> T
  {
    guard let value = try value(key, expected, as: T.self) else {
      throw NetworkError.invalidValue("\(place): \(key)", found: "nothing", expected: expected)
    }
    return value
  }
}
