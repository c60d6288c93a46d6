import Foundation
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite struct TokenTests {
  private func withFolder(_ body: (LiveFolder) throws -> Void) throws {
    try withTemporaryFolder { try body(LiveFolder($0)) }
  }

  @Test func tokenIsMadeOnceAndOnlyItsOwnerReadsIt() throws {
    try withFolder { folder in
      let token = try folder.token()
      #expect(token.utf8.count == 64)
      #expect(try folder.token() == token)
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.tokenFile)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      // Made under another name and renamed, of which nothing is left.
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["token"])
    }
  }

  @Test(arguments: [
    ("", "nothing"), ("\n \n", "nothing"), ("x", "something else of 1 bytes"),
    ("fifteen-letters\n", "something else of 15 bytes"),
    ("a token with spaces in it", "something else of 25 bytes"),
    ("first-line-of-it\nsecond-line-of-it", "something else of 34 bytes"),
    ("escape-\u{1B}-sequences", "something else of 18 bytes"),
    ("fünfzehn-und-mehr-zeichen", "something else of 26 bytes"),
  ])
  func tokenThatProtectsNothingIsRefused(_ text: String, _ found: String) throws {
    try withFolder { folder in
      try Data(text.utf8).write(to: URL(filePath: folder.tokenFile))
      for read in [{ try folder.token() }, { try LiveFolder.token(in: folder.tokenFile) }] {
        let error = #expect(throws: LifelongError.self) { try read() }
        #expect(
          error?.description
            == "\(folder.tokenFile): a token of 16 or more printable characters without spaces "
            + "expected, \(found) found; write one into it, or delete a live folder's own and the "
            + "next start makes another")
      }
    }
  }
}
