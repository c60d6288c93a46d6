/// Names chosen by patterns, in which `*` stands for any run of characters and `?` for one.
public struct NameFilter: Hashable, Sendable {
  /// None chooses every name.
  public var only: [String]
  public var except: [String]

  public init(only: [String] = [], except: [String] = []) {
    self.only = only
    self.except = except
  }

  public var isEmpty: Bool { only.isEmpty && except.isEmpty }

  /// Whether something that goes by any of `names` is chosen.
  func chooses(_ names: [String]) -> Bool {
    func isMatched(by patterns: [String]) -> Bool {
      patterns.contains { pattern in names.contains { Self.matches($0, pattern) } }
    }
    return (only.isEmpty || isMatched(by: only)) && !isMatched(by: except)
  }

  /// A pattern that matches nothing is a slip of the pen, not a wish.
  func check(against names: [String], _ what: String) throws(NetworkError) {
    for pattern in only + except
    where !names.contains(where: { Self.matches($0, pattern) }) {
      let literal = pattern.filter { $0 != "*" && $0 != "?" }
      throw .unmatchedPattern(
        pattern, what, nearest: nearest(to: literal, among: Array(Set(names))))
    }
  }

  /// Goes back to the last star only, which suffices: what an earlier one could take as well,
  /// the last one takes.
  public static func matches(_ name: String, _ pattern: String) -> Bool {
    let name = Array(name)
    let pattern = Array(pattern)
    var (position, place) = (0, 0)
    var star: (place: Int, position: Int)?
    while position < name.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (place, position)
        place += 1
      } else if place < pattern.count, pattern[place] == "?" || pattern[place] == name[position] {
        place += 1
        position += 1
      } else if let last = star {
        star = (last.place, last.position + 1)
        (place, position) = (last.place + 1, last.position + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}
