import Net2Net
import Testing

@Suite struct ShownTextTests {
  @Test(arguments: [
    ("plain, with a\ttab\nand a line", "plain, with a\ttab\nand a line"),
    ("\u{1B}]0;title\u{7}", "\\u001b]0;title\\u0007"), ("a\rb", "a\\u000db"),
    ("a\r\nb", "a\\u000d\nb"), ("\u{9B}31m", "\\u009b31m"), ("\u{202E}evil", "\\u202eevil"),
    ("a\u{2028}b\u{2066}c\u{200F}", "a\\u2028b\\u2066c\\u200f"), ("\u{7F}\0", "\\u007f\\u0000"),
    ("Knöchel 鞋 😀, 👩‍🔬", "Knöchel 鞋 😀, 👩‍🔬"), ("\u{600}<\u{301}", "\u{600}<\u{301}"),
  ])
  func whatSteersTerminalsIsEscapedAsJSONEscapesIt(_ text: String, _ expected: String) {
    #expect(text.printable == expected)
  }

  @Test func aPartOfASentenceIsOnOneLineAndCut() {
    #expect("two\nlines".shown() == "two\\u000alines")
    #expect("abcdef".shown(3) == "abc…")
    #expect("abc".shown(3) == "abc")
    #expect(String(repeating: "a", count: 101).shown() == String(repeating: "a", count: 100) + "…")
  }

  /// One Character of a million scalars is cut like any other text.
  @Test func marksAreCountedOneByOne() {
    let text = "a" + String(repeating: "\u{301}", count: 1_000_000)
    #expect(text.count == 1)
    #expect(text.shown().unicodeScalars.count == 101)
  }
}
