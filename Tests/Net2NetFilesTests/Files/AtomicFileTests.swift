import Foundation
import Net2NetFiles
import Testing

@Suite struct AtomicFileTests {
  @Test func fileHoldsWhatWasAppendedAndNothingElseIsLeft() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out"
      try AtomicFile.write(file, overwriting: false) { (output) throws(FilesError) in
        try output.append([1, 2])
        try output.append([])
        try output.append([3])
      }
      #expect(try Data(contentsOf: URL(filePath: file)) == Data([1, 2, 3]))
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["out"])
    }
  }

  @Test func existingFileIsKeptUnlessAsked() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out"
      try AtomicFile.write("old", to: file, overwriting: false)
      let error = #expect(throws: FilesError.self) {
        try AtomicFile.write("new", to: file, overwriting: false)
      }
      #expect(error?.description == "\(file): exists already and is not overwritten unless asked")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "old")
      try AtomicFile.write("new", to: file, overwriting: true)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "new")
    }
  }

  @Test func fileThatComesUpMeanwhileIsKept() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out"
      #expect(throws: FilesError.alreadyExists(file: file)) {
        try AtomicFile.write(file, overwriting: false) { (output) throws(FilesError) in
          try output.append([1])
          _ = FileManager.default.createFile(atPath: file, contents: Data("other".utf8))
        }
      }
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "other")
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["out"])
    }
  }

  @Test func failureMidwayLeavesTheOldFileAndNoTemporary() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out"
      try AtomicFile.write("old", to: file, overwriting: false)
      #expect(throws: FilesError.missing(file: "x")) {
        try AtomicFile.write(file, overwriting: true) { (output) throws(FilesError) in
          try output.append([1])
          throw .missing(file: "x")
        }
      }
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["out"])
    }
  }

  @Test func newFilesHaveTheUsersUsualPermissions() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out"
      try AtomicFile.write("text", to: file, overwriting: false)
      let reference = directory + "/reference"
      #expect(FileManager.default.createFile(atPath: reference, contents: nil))
      #expect(try permissions(of: file) == permissions(of: reference))
    }
  }

  @Test(arguments: [
    "name with spaces", "line\nbreak", "🧠", "-rf", String(repeating: "a", count: 255),
  ])
  func unusualNamesWork(name: String) async throws {
    try await withTemporaryDirectory { directory throws in
      try AtomicFile.write("text", to: directory + "/" + name, overwriting: false)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [name])
    }
  }

  @Test func impossibleDestinationsAreNamedWithTheReason() async throws {
    try await withTemporaryDirectory { directory throws in
      try expect(
        "\(directory)/no/out: cannot be written: the directory \(directory)/no does not exist",
        writingTo: directory + "/no/out")
      try expect(
        "\(directory): cannot be written: it is a directory", writingTo: directory)
      try expect(
        "/dev/null: cannot be written: it is not a regular file", writingTo: "/dev/null")
      try expect(
        "\(directory)/\(String(repeating: "a", count: 300)): cannot be written: file name too long",
        writingTo: directory + "/" + String(repeating: "a", count: 300))
    }
  }

  private func expect(_ sentence: String, writingTo file: String) throws {
    let error = #expect(throws: FilesError.self) {
      try AtomicFile.write("text", to: file, overwriting: true)
    }
    #expect(error?.description == sentence)
  }

  private func permissions(of file: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
  }
}
