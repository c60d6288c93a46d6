import Foundation
import Testing

@testable import Net2NetFiles

@Suite("Folders that appear whole or not at all")
struct AtomicDirectoryTests {
  private struct Enough: Error {}

  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "atomic-\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func folderHasItsFilesAndAManifest() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try AtomicDirectory.write(path) {
        try AtomicFile.write("abc", to: $0 + "/text", overwriting: false)
      }
      #expect(try names(in: folder) == ["a"])
      #expect(try names(in: path) == ["MANIFEST.json", "text"])
      // The SHA-256 of "abc", from FIPS 180-2.
      let manifest = try String(contentsOfFile: path + "/MANIFEST.json", encoding: .utf8)
      #expect(
        manifest.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
      try AtomicDirectory.verify(path)
    }
  }

  @Test func laterFolderReplacesTheOneBefore() throws {
    try withFolder { folder in
      let path = folder + "/a"
      for text in ["old", "new"] {
        try AtomicDirectory.write(path) {
          try AtomicFile.write(text, to: $0 + "/text", overwriting: false)
        }
      }
      #expect(try names(in: folder) == ["a"])
      #expect(try String(contentsOfFile: path + "/text", encoding: .utf8) == "new")
    }
  }

  @Test func failureLeavesWhatWasThere() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try AtomicDirectory.write(path) {
        try AtomicFile.write("old", to: $0 + "/text", overwriting: false)
      }
      #expect(throws: Enough.self) {
        try AtomicDirectory.write(path) {
          try AtomicFile.write("new", to: $0 + "/text", overwriting: false)
          throw Enough()
        }
      }
      #expect(try names(in: folder) == ["a"])
      #expect(try String(contentsOfFile: path + "/text", encoding: .utf8) == "old")
    }
  }

  @Test func folderThatCannotBeMadeIsNamed() throws {
    let error = #expect(throws: FilesError.self) {
      try AtomicDirectory.write("/proc/none/a") { _ in }
    }
    #expect(
      error?.description
        == "/proc/none/a: cannot be written: the directory /proc/none does not exist")
  }

  /// Nobody gave the temporary name, and it is gone when the sentence is read.
  @Test func fileThatCannotBeWrittenIsNamedAsItWouldBeCalled() throws {
    try withFolder { folder in
      let path = folder + "/a"
      let error = #expect(throws: FilesError.self) {
        try AtomicDirectory.write(path) {
          try AtomicFile.write("abc", to: $0 + "/none/text", overwriting: false)
        }
      }
      #expect(
        error?.description
          == "\(path)/none/text: cannot be written: the directory \(path)/none does not exist")
      let left = try names(in: folder)
      #expect(left.isEmpty)
    }
  }

  @Test func folderThatIsBeingWrittenIsNoLeftover() throws {
    try withFolder { folder in
      #expect(mkdir(folder + "/b.tmp-0", 0o700) == 0)
      try AtomicDirectory.write(folder + "/a") {
        AtomicDirectory.removeLeftovers(in: folder)
        #expect(try names(in: folder) == [($0 as NSString).lastPathComponent])
        try AtomicFile.write("abc", to: $0 + "/text", overwriting: false)
      }
      #expect(try names(in: folder) == ["a"])
    }
  }

  @Test func otherBytesAreNoticed() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try AtomicDirectory.write(path) {
        try AtomicFile.write("abc", to: $0 + "/text", overwriting: false)
      }
      try AtomicFile.write("abd", to: path + "/text", overwriting: true)
      let changed = #expect(throws: FilesError.self) { try AtomicDirectory.verify(path) }
      #expect(changed?.description.contains("text: SHA-256: ba7816bf") == true)
      try AtomicFile.write("ab", to: path + "/text", overwriting: true)
      let shortened = #expect(throws: FilesError.self) { try AtomicDirectory.verify(path) }
      #expect(
        shortened?.description
          == "\(path)/text: the file: 3 bytes expected, the file has 2")
    }
  }
}
