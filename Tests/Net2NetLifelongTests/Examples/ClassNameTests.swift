import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite struct ClassNameTests {
  @Test(arguments: [
    ("bag", "bag"), ("  ankle boot\n", "ankle boot"), ("a\u{A0}b", "a b"), ("a\u{3000}b", "a b"),
    ("Knöchel", "Knöchel"), ("鞋", "鞋"), ("حذاء", "حذاء"), ("😀", "😀"),
    ("❤\u{FE0F}", "❤"), ("<script>", "<script>"), ("x", "x"),
  ])
  func namesAreKeptInOneSpelling(_ given: String, _ kept: String) throws {
    #expect(try Array(ClassName(given).text.utf8) == Array(kept.utf8))
  }

  @Test func letterAndMarkAreTheComposedLetter() throws {
    #expect(try Array(ClassName("e\u{301}").text.unicodeScalars) == ["\u{E9}"])
    // Hangul syllables, and marks in either order.
    #expect(try ClassName("\u{1112}\u{1161}\u{11AB}").text.unicodeScalars.count == 1)
    let orders = try ["q\u{323}\u{307}", "q\u{307}\u{323}"].map {
      try Array(ClassName($0).text.utf8)
    }
    #expect(orders[0] == orders[1])
  }

  private static let visible = "no control, format, private or unassigned characters"

  @Test(arguments: [
    ("", "class \"\": 1 to 200 bytes expected, 0 found"),
    (" \t\n", "class \" \\u0009\\u000a\": 1 to 200 bytes expected, 0 found"),
    ("\u{FE0F}", "class \"\u{FE0F}\": 1 to 200 bytes expected, 0 found"),
    ("\u{1B}]0;x", "class \"\\u001b]0;x\": \(visible) expected, U+001B found"),
    ("a\u{0}b", "class \"a\\u0000b\": \(visible) expected, U+0000 found"),
    ("a\u{9B}b", "class \"a\\u009bb\": \(visible) expected, U+009B found"),
    ("a\nb", "class \"a\\u000ab\": \(visible) expected, U+000A found"),
    ("a\u{2028}b", "class \"a\\u2028b\": \(visible) expected, U+2028 found"),
    ("a\u{202E}b", "class \"a\\u202eb\": \(visible) expected, U+202E found"),
    ("a\u{2066}b", "class \"a\\u2066b\": \(visible) expected, U+2066 found"),
    ("st\u{200D}op", "class \"st\u{200D}op\": \(visible) expected, U+200D found"),
    ("\u{600}<", "class \"\u{600}<\": \(visible) expected, U+0600 found"),
    ("a\u{E0041}", "class \"a\u{E0041}\": \(visible) expected, U+E0041 found"),
    ("\u{E000}", "class \"\u{E000}\": \(visible) expected, U+E000 found"),
    ("\u{FFFF}", "class \"\u{FFFF}\": \(visible) expected, U+FFFF found"),
    ("\u{3164}", "class \"\u{3164}\": \(visible) expected, U+3164 found"),
    (
      "\u{301}a",
      "class \"\u{301}a\": a first character that is no combining mark expected, U+0301 found"
    ),
  ])
  func whatCannotBeSeenOrSteersTextIsRefused(_ given: String, _ sentence: String) {
    let error = #expect(throws: LifelongError.self) { try ClassName(given) }
    #expect(error?.description == sentence + "; give the class another name")
  }

  @Test func lengthIsBoundedBeforeAnythingElseIsDone() throws {
    #expect(try ClassName(String(repeating: "a", count: 200)).text.utf8.count == 200)
    let long = "a" + String(repeating: "\u{301}", count: 1_000_000)
    let error = #expect(throws: LifelongError.self) { try ClassName(long) }
    let shown = "a" + String(repeating: "\u{301}", count: 99) + "…"
    #expect(
      error?.description
        == "class \"\(shown)\": 1 to 200 bytes expected, 2000001 found; give the class another name"
    )
  }

  @Test func namesOfOlderFilesAreKeptAndFoundByTheirOneSpelling() throws {
    var list = ClassList(["e\u{301}", "a\u{A0}b", "a b", "\u{1B}"])
    #expect(list.count == 4)
    #expect(try list.number(of: ClassName("é"), most: 4) == 0)
    #expect(try list.number(of: ClassName("a b"), most: 4) == 1)
    #expect(list.names[3] == "\u{1B}")
    let error = #expect(throws: LifelongError.self) {
      try list.number(of: ClassName("new"), most: 4)
    }
    #expect(
      error?.description == "class \"new\": would be one more than the 4 that the settings allow")
    #expect(list.count == 4)
  }
}
