/// An equation of Einstein's summation convention, such as `bhqd,bhkd->bhqk`: one letter for each
/// axis of each operand, and for each axis of the result. `...` stands for any further axes, which
/// broadcast. Letters that the result does not name are summed over.
public struct EinsumEquation: Hashable, Sendable {
  /// The letters of one tensor, and where `...` stands among them.
  public struct Term: Hashable, Sendable {
    public var letters: [Character]
    /// How many letters stand before `...`; nil without one.
    public var ellipsis: Int?
  }

  public let operands: [Term]
  public let result: Term

  /// Upper and lower case are different letters; blanks mean nothing. Without an arrow the result
  /// has the axes of `...`, then the letters that occur once, in the order of their code points.
  ///
  /// - Throws: ``ShapeError`` for anything that is no equation, and for a letter that one tensor
  ///   has twice, which asks for a diagonal.
  public init(_ text: String) throws(ShapeError) {
    let sides = text.filter { $0 != " " }.split(separator: "->", omittingEmptySubsequences: false)
    guard (1...2).contains(sides.count) else {
      throw ShapeError("the equation \"\(text)\" has more than one arrow")
    }
    var operands: [Term] = []
    for part in sides[0].split(separator: ",", omittingEmptySubsequences: false) {
      operands.append(try Term(part, of: text))
    }
    self.operands = operands
    result = sides.count == 2 ? try Term(sides[1], of: text) : Self.impliedResult(of: operands)
    let known = Set(operands.flatMap(\.letters))
    guard result.letters.allSatisfy(known.contains),
      result.ellipsis == nil || operands.contains(where: { $0.ellipsis != nil })
    else { throw ShapeError("the result of \"\(text)\" names an axis that no operand has") }
  }

  private static func impliedResult(of operands: [Term]) -> Term {
    let counts = operands.flatMap(\.letters).reduce(into: [Character: Int]()) { counts, letter in
      counts[letter, default: 0] += 1
    }
    return Term(
      letters: counts.filter { $0.value == 1 }.keys.sorted(),
      ellipsis: operands.contains { $0.ellipsis != nil } ? 0 : nil)
  }
}

extension EinsumEquation.Term {
  fileprivate init(_ part: Substring, of text: String) throws(ShapeError) {
    let pieces = part.split(separator: "...", omittingEmptySubsequences: false)
    letters = pieces.flatMap(Array.init)
    guard pieces.count <= 2, letters.allSatisfy({ $0.isASCII && $0.isLetter }) else {
      throw ShapeError("\"\(part)\" in the equation \"\(text)\" is not made of letters and ...")
    }
    guard Set(letters).count == letters.count else {
      throw ShapeError("a diagonal is wanted by \"\(part)\" in the equation \"\(text)\"")
    }
    ellipsis = pieces.count == 2 ? pieces[0].count : nil
  }

  /// The axis of each letter in a tensor of rank `rank`, and the axes that `...` stands for; nil
  /// when there are too few or too many.
  func places(rank: Int) -> (letters: [Character: Int], ellipsis: Range<Int>)? {
    let further = rank - letters.count
    guard further == 0 || (further > 0 && ellipsis != nil) else { return nil }
    let split = ellipsis ?? letters.count
    let axes = letters.indices.map { $0 < split ? $0 : $0 + further }
    return (
      Dictionary(zip(letters, axes), uniquingKeysWith: { first, _ in first }),
      split..<split + further
    )
  }
}

extension EinsumEquation: CustomStringConvertible {
  /// With an arrow and without blanks.
  public var description: String {
    operands.map(\.description).joined(separator: ",") + "->" + result.description
  }
}

extension EinsumEquation.Term: CustomStringConvertible {
  public var description: String {
    guard let ellipsis else { return String(letters) }
    return String(letters[..<ellipsis]) + "..." + String(letters[ellipsis...])
  }
}
