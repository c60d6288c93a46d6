import Foundation
import Net2Net
import Net2NetFiles
import Testing

@Suite struct JSONTextTests {
  @Test func jsonShowsTheSameAndReadsBack() throws {
    let text = "\u{1B}[2J\u{9B}\u{202E}\u{7F}\n\u{2028}ü"
    let json = try json([text])
    #expect(!json.unicodeScalars.contains { $0.steersText && $0 != "\n" })
    #expect(json.contains(#"\u009b\u202e\u007f\n\u2028ü"#))
    #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
  }
}
