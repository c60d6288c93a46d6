import Foundation
import Testing

@testable import Net2NetFiles

@Suite struct VisibleTextTests {
  @Test(arguments: [
    ("plain, ü, 漢字, 🧠, 👩‍🔬", "plain, ü, 漢字, 🧠, 👩‍🔬"),
    ("\u{1B}]0;title\u{7}", "\\u{1B}]0;title\\u{7}"), ("a\r\nb\tc", "a\\u{D}\\u{A}b\\u{9}c"),
    ("\u{9B}31m\u{7F}\0", "\\u{9B}31m\\u{7F}\\u{0}"),
    ("a\u{202E}b\u{2066}c\u{200F}", "a\\u{202E}b\\u{2066}c\\u{200F}"),
    ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"), ("\u{600}<\u{301}", "\u{600}<\u{301}"),
  ])
  func whatWouldBeCarriedOutIsShown(text: String, shown: String) {
    #expect(Array(text.visible().unicodeScalars) == Array(shown.unicodeScalars))
  }

  @Test func linesCanBeKept() {
    #expect("a\n\tb\r".visible(keepingLines: true) == "a\n\tb\\u{D}")
  }

  @Test func jsonShowsTheSameAndReadsBack() throws {
    let text = "\u{1B}[2J\u{9B}\u{202E}\u{7F}\n\u{2028}ü"
    let json = try json([text])
    #expect(!json.unicodeScalars.contains { $0.isInstruction && $0 != "\n" })
    #expect(json.contains(#"\u009b\u202e\u007f\n\u2028ü"#))
    #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
  }
}
