import Foundation
import Net2Net
import Testing

@testable import Net2NetFiles

/// Whatever a path may lead to, reading it ends, and in a sentence.
@Suite struct FileContentsTests {
  @Test func whatIsNoFileIsRefusedByName() async throws {
    try await withTemporaryDirectory { directory throws in
      #expect(mkfifo(directory + "/fifo", 0o600) == 0)
      #expect(symlink("loop", directory + "/loop") == 0)
      #expect(symlink("nowhere", directory + "/dangling") == 0)
      let cases = [
        (directory + "/missing", "there is no such file"),
        (directory + "/dangling", "there is no such file"),
        (directory, "a file expected, a directory found"),
        (directory + "/fifo", "a file expected, a FIFO found"),
        ("/dev/zero", "a file expected, a device found"),
        (directory + "/loop", "cannot be read: too many levels of symbolic links"),
        (directory + "/fifo/x", "cannot be read: not a directory"),
        ("", "there is no such file"),
      ]
      for (file, complaint) in cases {
        let error = #expect(throws: FilesError.self) { try Network(onnx: file) }
        #expect(error?.description == "\(file): \(complaint)")
        let other = #expect(throws: FilesError.self) { try StateDictionary(safetensors: file) }
        #expect(other == error)
      }
    }
  }

  /// Opening a FIFO would wait for its other end, whichever it is.
  @Test func whatIsWrittenToIsARegularFileToo() async throws {
    try await withTemporaryDirectory { directory throws in
      #expect(mkfifo(directory + "/fifo", 0o600) == 0)
      #expect(symlink("fifo", directory + "/link") == 0)
      let cases: [(file: String, flags: Int32, found: String)] = [
        ("fifo", O_WRONLY | O_APPEND, "a FIFO"), ("fifo", O_RDWR | O_CREAT, "a FIFO"),
        ("link", O_RDWR, "a FIFO"), ("link", O_RDWR | O_NOFOLLOW, "a symbolic link"),
        ("", O_RDWR, "a directory"),
      ]
      for (name, flags, found) in cases {
        let file = "\(directory)/\(name)"
        let error = #expect(throws: FilesError.self) {
          try FileDescriptor.openedRegularFile(file, flags)
        }
        #expect(error?.description == "\(file): a file expected, \(found) found")
      }
      for isNew in [false, true] {
        let error = #expect(throws: FilesError.self) {
          _ = try AppendedFile(directory + "/fifo", creating: isNew)
        }
        #expect(error?.description == "\(directory)/fifo: a file expected, a FIFO found")
      }
    }
  }

  @Test func textThatIsNoneIsRefused() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/text"
      try Data("äöü".utf8).write(to: URL(filePath: file))
      #expect(try FileContents.text(of: file) == "äöü")
      try Data([0x61, 0xFF]).write(to: URL(filePath: file))
      let error = #expect(throws: FilesError.self) { try FileContents.text(of: file) }
      #expect(
        error?.description == "\(file): contents: text in UTF-8 expected, other bytes found")
    }
  }

  /// As Hugging Face's cache keeps its files, and as tools that dislike links do.
  @Test func linksAreFollowed() async throws {
    try await withTemporaryDirectory { directory throws in
      try Fixtures.dense.writeONNX(to: directory + "/blob")
      #expect(symlink("blob", directory + "/soft.onnx") == 0)
      #expect(link(directory + "/blob", directory + "/hard.onnx") == 0)
      for name in ["soft", "hard"] {
        #expect(try Network(onnx: directory + "/\(name).onnx").graph == Fixtures.dense.graph)
      }
    }
  }

  @Test func fileThatShrinksWhileItIsReadIsAnError() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/file"
      try Data(count: 10).write(to: URL(filePath: file))
      let descriptor = try FileDescriptor(reading: file)
      #expect(try descriptor.size() == 10)
      #expect(truncate(file, 4) == 0)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
      defer { buffer.deallocate() }
      do throws(FilesError) {
        try descriptor.read(into: buffer)
        Issue.record("read 10 bytes of 4")
      } catch {
        #expect(
          error.description == "\(file): had 10 bytes when it was opened and 4 when it was read; "
            + "another program is writing to it")
      }
    }
  }

  /// Large files are mapped; a sparse one costs nothing.
  @Test func mappedFileHasItsBytes() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/sparse"
      try Data([1, 2, 3]).write(to: URL(filePath: file))
      #expect(truncate(file, off_t(FileContents.mappingThreshold)) == 0)
      let contents = try FileContents(of: file)
      #expect(contents.count == FileContents.mappingThreshold)
      #expect(Array(contents.buffer.prefix(4)) == [1, 2, 3, 0])
    }
  }

  @Test func hugeSparseFileIsRefusedWithoutReadingIt() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/sparse"
      try Data().write(to: URL(filePath: file))
      #expect(truncate(file, 1 << 40) == 0)
      let error = #expect(throws: FilesError.self) { try Network(onnx: file) }
      #expect(error?.description.contains("nothing but zero bytes") == true)
    }
  }

  /// The mapping outlives the file's name, as when a network is written over its own file.
  @Test func replacingAFileLeavesItsReadersAlone() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/network.onnx"
      try Fixtures.dense.writeONNX(to: file)
      let network = try Network(onnx: file)
      try network.writeONNX(to: file, overwriting: true)
      #expect(network.parameterBytes == Fixtures.dense.parameterBytes)
      #expect(try Network(onnx: file).parameterBytes == Fixtures.dense.parameterBytes)
    }
  }
}
