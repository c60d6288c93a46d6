import Foundation
import Subprocess
import Testing

@Suite struct ThirdPartyTests {
  private static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  private static var hasLinked: Bool {
    ["debug", "release"].contains {
      FileManager.default.fileExists(
        atPath: "\(repository)/.build/\($0)/net2net.product/Objects.LinkFileList")
    }
  }

  @Test(.enabled(if: hasLinked, "needs SwiftPM's own build folder"))
  func everyLinkedPackageIsListedWithItsLicence() async throws {
    let result = try await Subprocess.run(
      .name("sh"), arguments: ["\(Self.repository)/Scripts/third-party.sh", "--check"],
      output: .discarded, error: .string(limit: 1 << 16))
    #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
  }
}
