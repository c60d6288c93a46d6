import Foundation
import Testing

@testable import Net2NetFiles

struct AppendedFileTests {
  private func withFile(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "net2net-appended-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func sentence(_ body: () throws -> Void) -> String? {
    do { try body() } catch { return "\(error)" }
    return nil
  }

  @Test func bytesComeAfterThoseThatAreThere() throws {
    try withFile { path in
      do {
        let file = try AppendedFile(path, creating: true)
        try file.append(Array("one\n".utf8))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\n")
      }
      try AppendedFile(path, creating: false).append(Array("two\n".utf8))
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\n")
    }
  }

  @Test func newFileTakesNobodysPlace() throws {
    try withFile { path in
      _ = try AppendedFile(path, creating: true)
      #expect(
        sentence { _ = try AppendedFile(path, creating: true) }
          == "\(path): cannot be written: file exists")
      #expect(
        sentence { _ = try AppendedFile(path + "x", creating: false) }?
          .hasPrefix("\(path)x: cannot be written: ") == true)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func deviceIsNotWrittenTo() throws {
    #expect(
      sentence { _ = try AppendedFile("/dev/full", creating: false) }
        == "/dev/full: a file expected, a device found")
  }
}
