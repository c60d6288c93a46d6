import Foundation
import TestSupport
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

  @Test(.requiresMounting) func fullDiskIsNamed() async throws {
    try await withSmallDisk { folder in
      let file = try AppendedFile(folder + "/log", creating: true)
      fillDisk(folder + "/filler")
      let full = sentence {
        for _ in 0..<10_000 { try file.append([UInt8](repeating: 1, count: 100)) }
      }
      #expect(full == "\(folder)/log: cannot be written: the disk is full")
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func deviceIsNotWrittenTo() throws {
    #expect(
      sentence { _ = try AppendedFile("/dev/full", creating: false) }
        == "/dev/full: a file expected, a device found")
  }
}
