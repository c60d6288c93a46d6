import ArgumentParser
import Net2Net

/// The member of a closed set that `text` names.
///
/// - Throws: a usage error that gives the nearest names, or all of them when none is near.
func choice<Choice: CaseIterable & RawRepresentable<String>>(
  _ what: String, _ text: String, as: Choice.Type = Choice.self
) throws -> Choice {
  if let choice = Choice(rawValue: text) { return choice }
  let known = Choice.allCases.map(\.rawValue)
  let close = nearest(to: text, among: known)
  let hint =
    close.isEmpty
    ? "known are \(known.joined(separator: ", "))"
    : "did you mean \(close.joined(separator: " or "))?"
  throw ValidationError("\(what) \"\(text)\" is not known; \(hint)")
}

/// - Throws: a usage error for a number that no sum or product further on could take.
func atMost(_ largest: Int, _ what: String, _ words: String? = nil, _ found: Int) throws {
  guard found > largest else { return }
  throw ValidationError("\(what): at most \(words ?? "\(largest)") expected, \(found) found")
}

/// The shape of one example as people write it: `1x28x28`, channels, height and width; or `64`,
/// tokens or features.
func inputShape(_ text: String) throws -> Shape {
  guard let sizes = KernelSize.sizes(text), [1, 3].contains(sizes.count),
    sizes.allSatisfy({ $0 > 0 })
  else {
    throw ValidationError(
      "input \"\(text)\": channels, height and width expected, such as 1x28x28")
  }
  return Shape(sizes)
}
