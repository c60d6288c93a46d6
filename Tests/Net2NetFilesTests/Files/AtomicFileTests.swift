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

  @Test(arguments: [0o600, 0o640, 0o664, 0o755])
  func fileThatIsReplacedKeepsItsPermissions(mode: Int) async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out"
      try AtomicFile.write("old", to: file, overwriting: false)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      try AtomicFile.write(file, overwriting: true) { (output) throws(FilesError) in
        try output.append([1])
        let temporary = (try? FileManager.default.contentsOfDirectory(atPath: directory))?
          .first { $0 != "out" }
        // Nor is it open to more people while it is written.
        #expect((try? permissions(of: "\(directory)/\(temporary ?? "")")) == mode)
      }
      #expect(try permissions(of: file) == mode)
    }
  }

  @Test func linksAreFollowedAndStay() async throws {
    try await withTemporaryDirectory { directory throws in
      let folder = directory + "/folder"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try AtomicFile.write("old", to: folder + "/real", overwriting: false)
      #expect(symlink("folder/real", directory + "/link") == 0)
      #expect(symlink(directory + "/link", directory + "/second") == 0)
      let error = #expect(throws: FilesError.self) {
        try AtomicFile.write("new", to: directory + "/second", overwriting: false)
      }
      #expect(error == .alreadyExists(file: directory + "/second"))
      try AtomicFile.write("new", to: directory + "/second", overwriting: true)
      #expect(try String(contentsOfFile: folder + "/real", encoding: .utf8) == "new")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: directory + "/link")
          == "folder/real")
    }
  }

  @Test func whatIsNoRegularFileIsNeverReplaced() async throws {
    try await withTemporaryDirectory { directory throws in
      #expect(mkfifo(directory + "/fifo", 0o600) == 0)
      let links = [
        "device": "/dev/null", "toFIFO": "fifo", "dangling": "nowhere", "loop": "loop",
        "stdout": "/dev/stdout", "folder": "/",
      ]
      for (name, target) in links { #expect(symlink(target, "\(directory)/\(name)") == 0) }
      for name in ["device", "toFIFO", "stdout", "fifo"] {
        try expect(
          "\(directory)/\(name): cannot be written: it is not a regular file",
          writingTo: "\(directory)/\(name)")
      }
      try expect(
        "/dev/stdout: cannot be written: it is not a regular file", writingTo: "/dev/stdout")
      try expect(
        "\(directory)/folder: cannot be written: it is a directory",
        writingTo: directory + "/folder")
      try expect(
        "\(directory)/dangling: cannot be written: it is a link to nowhere, which does not exist",
        writingTo: directory + "/dangling")
      try expect(
        "\(directory)/loop: cannot be written: too many levels of symbolic links",
        writingTo: directory + "/loop")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
          == (links.keys + ["fifo"]).sorted())
    }
  }

  /// What stands beside a slash belongs to the name, and does not make another character of it.
  @Test(arguments: ["\u{301}name", "\u{200D}name", "\u{600}", "name\u{600}"])
  func marksBesideASlashBelongToTheName(name: String) async throws {
    try await withTemporaryDirectory { directory throws in
      let folder = directory + "/\u{600}"
      #expect(mkdir(folder, 0o700) == 0)
      try AtomicFile.write("text", to: folder + "/" + name, overwriting: false)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.map { Array($0.utf8) } == [Array(name.utf8)])
    }
  }

  @Test func leftoversOfKilledWritersAreRemovedByTheNext() async throws {
    try await withTemporaryDirectory { directory throws in
      let leftover = directory + "/.net2net-1abc.tmp"
      try Data(count: 100).write(to: URL(filePath: leftover))
      try AtomicFile.write("text", to: directory + "/out", overwriting: false)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["out"])
    }
  }

  @Test func filesThatAreBeingWrittenAreNoLeftovers() async throws {
    try await withTemporaryDirectory { directory throws in
      try AtomicFile.write(directory + "/first", overwriting: false) {
        (output) throws(FilesError) in
        try output.append([1])
        try AtomicFile.write("second", to: directory + "/second", overwriting: false)
        AtomicDirectory.removeLeftovers(in: directory)
        try output.append([2])
      }
      #expect(try Data(contentsOf: URL(filePath: directory + "/first")) == Data([1, 2]))
    }
  }

  @Test func stagedFilesAppearWhenTheyAreCommitted() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out"
      try AtomicFile.write("old", to: file, overwriting: false)
      do {
        let dropped = try AtomicFile.staged([1], for: file, overwriting: true)
        #expect(try Data(contentsOf: URL(filePath: dropped.temporary)) == Data([1]))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["out"])
      var staged = try AtomicFile.staged([2], for: file, overwriting: true)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "old")
      try staged.removeReplaced()
      #expect(!FileManager.default.fileExists(atPath: file))
      try staged.commit()
      #expect(try Data(contentsOf: URL(filePath: file)) == Data([2]))
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
