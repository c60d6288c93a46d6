import Foundation
import Net2Net
import OrderedCollections
import SwiftProtobuf
import TestSupport
import Testing

@testable import Net2NetFiles

@Suite struct ExternalDataTests {
  /// A model whose w (4) lies outside, as `entries` say.
  static func model(_ entries: KeyValuePairs<String, String>) -> [UInt8] {
    let tensor = ONNXTensorProto("w", [4]) { proto in
      proto.dataType = 1
      proto.dataLocation = .external
      proto.externalData = entries.map { key, value in
        var entry = ONNXStringStringEntryProto()
        entry.key = key
        entry.value = value
        return entry
      }
    }
    return ModelFixture(initializers: [tensor], [ONNXNodeProto("Add", ["x", "w"])]).bytes
  }

  /// Writes the model and 24 bytes of data, floats 0 to 5, then reads the model.
  static func read(
    _ entries: KeyValuePairs<String, String>, in directory: String
  ) throws -> [Double]? {
    let bytes = (0..<6).flatMap { Swift.withUnsafeBytes(of: Float($0)) { Array($0) } }
    try Data(bytes).write(to: URL(filePath: directory + "/data.bin"))
    try Data(model(entries)).write(to: URL(filePath: directory + "/model.onnx"))
    return try Network(onnx: directory + "/model.onnx").parameters["w"]?.tensor().doubles()
  }

  @Test func bytesAreFoundAtAnyOffset() async throws {
    try await withTemporaryDirectory { directory throws in
      #expect(try Self.read(["location": "data.bin"], in: directory) == [0, 1, 2, 3])
      #expect(
        try Self.read(["location": "data.bin", "offset": "8", "length": "16"], in: directory)
          == [2, 3, 4, 5])
      #expect(
        try Self.read(["checksum": "?", "location": "./data.bin", "later": "x"], in: directory)
          == [0, 1, 2, 3])
    }
  }

  /// No protobuf message may reach 2 GiB, but what it names may. The file has holes: it takes no
  /// room on the disk.
  @Test func bytesBeyondTwoGibibytesAreFound() async throws {
    let offset = 3 << 30
    try await withTemporaryDirectory { directory throws in
      let model = Self.model(["location": "data.bin", "offset": "\(offset)"])
      try Data(model).write(to: URL(filePath: directory + "/model.onnx"))
      let path = directory + "/data.bin"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      let data = try #require(FileHandle(forWritingAtPath: path))
      try data.seek(toOffset: UInt64(offset))
      try data.write(
        contentsOf: (1...4).flatMap { Swift.withUnsafeBytes(of: Float($0)) { Array($0) } })
      try data.close()
      let network = try Network(onnx: directory + "/model.onnx")
      #expect(network.parameters["w"]?.tensor().doubles() == [1, 2, 3, 4])
    }
  }

  @Test(
    arguments: [
      (["location": "../data.bin"], "a relative path below the model's directory expected"),
      (["location": "a/../../data.bin"], "a relative path below"),
      (["location": "/etc/passwd"], "a relative path below"),
      (["location": "C:data.bin"], "a relative path below"),
      (["location": "..\\data.bin"], "a relative path below"),
      (["location": "data.bin\0x"], "a relative path below"),
      (["location": ""], "a relative path below"), ([:], "a location expected, none found"),
      (["location": "data.bin", "location": "x"], "one location expected, several found"),
      (["location": "nowhere.bin"], "/nowhere.bin: there is no such file"),
      (["location": "folder"], "/folder: a file expected, a directory found"),
      (["location": "fifo"], "/fifo: a file expected, a FIFO found"),
      (["location": "outside.bin"], "its data below the model's directory expected, a link to"),
      (
        ["location": "data.bin", "offset": "-1"], "offset in decimal digits expected, \"-1\" found"
      ),
      (["location": "data.bin", "offset": "+1"], "offset in decimal digits"),
      (["location": "data.bin", "offset": "1e3"], "offset in decimal digits"),
      (["location": "data.bin", "offset": ""], "offset in decimal digits"),
      (["location": "data.bin", "offset": "99999999999999999999"], "offset in decimal digits"),
      (
        ["location": "data.bin", "length": "15"], "16 bytes for its shape expected, a length of 15"
      ),
      (["location": "data.bin", "length": "0"], "16 bytes for its shape expected, a length of 0"),
      (
        ["location": "data.bin", "offset": "18446744073709551608", "length": "16"],
        "offset in decimal digits expected"
      ),
      (["location": "empty.bin"], "16 bytes expected, the file has 0"),
      (["location": "data.bin", "offset": "9"], "25 bytes expected, the file has 24"),
      (
        ["location": "data.bin", "offset": "9223372036854775807"],
        "9223372036854775807 bytes expected, the file has 24"
      ),
    ] as [(KeyValuePairs<String, String>, String)])
  func untrustworthyEntriesAreRefused(
    entries: KeyValuePairs<String, String>, complaint: String
  ) async throws {
    try await withTemporaryDirectory { parent throws in
      let directory = parent + "/model"
      try FileManager.default.createDirectory(
        atPath: directory + "/folder", withIntermediateDirectories: true)
      try Data(count: 24).write(to: URL(filePath: parent + "/secret.bin"))
      try Data().write(to: URL(filePath: directory + "/empty.bin"))
      #expect(symlink("../secret.bin", directory + "/outside.bin") == 0)
      #expect(mkfifo(directory + "/fifo", 0o600) == 0)
      let error = #expect(throws: FilesError.self) { try Self.read(entries, in: directory) }
      #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
    }
  }

  @Test func aHardLinkIsAFileLikeAnyOther() async throws {
    try await withTemporaryDirectory { directory throws in
      try Data(count: 16).write(to: URL(filePath: directory + "/blob"))
      #expect(link(directory + "/blob", directory + "/linked.bin") == 0)
      #expect(try Self.read(["location": "linked.bin"], in: directory) == [0, 0, 0, 0])
    }
  }

  @Test func aFolderBelowTheModelIsSearchedToo() async throws {
    try await withTemporaryDirectory { directory throws in
      try FileManager.default.createDirectory(
        atPath: directory + "/weights", withIntermediateDirectories: true)
      try Data(count: 16).write(to: URL(filePath: directory + "/weights/w.bin"))
      #expect(try Self.read(["location": "weights/w.bin"], in: directory) == [0, 0, 0, 0])
    }
  }

  @Test func tensorsMayShareBytes() async throws {
    try await withTemporaryDirectory { directory throws in
      let model = Self.model(["location": "data.bin"])
      let later = Self.model(["location": "data.bin", "offset": "4"])
      var decoded = try ONNXModelProto(serializedBytes: model)
      var tensor = try ONNXModelProto(serializedBytes: later).graph.initializer[0]
      tensor.name = "v"
      decoded.graph.initializer.append(tensor)
      try Data(decoded.encoded).write(to: URL(filePath: directory + "/model.onnx"))
      let bytes = (0..<5).flatMap { Swift.withUnsafeBytes(of: Float($0)) { Array($0) } }
      try Data(bytes).write(to: URL(filePath: directory + "/data.bin"))
      let network = try Network(onnx: directory + "/model.onnx")
      #expect(network.parameters["w"]?.tensor().doubles() == [0, 1, 2, 3])
      #expect(network.parameters["v"]?.tensor().doubles() == [1, 2, 3, 4])
    }
  }

  /// Pointless, and harmless: a model may look into itself.
  @Test func theModelItselfIsAFileBesideTheModel() async throws {
    try await withTemporaryDirectory { directory throws in
      let values = try Self.read(["location": "model.onnx"], in: directory)
      #expect(values?.count == 4)
    }
  }

  @Test func aLinkThatEndsNowhereIsRefused() async throws {
    try await withTemporaryDirectory { directory throws in
      #expect(symlink("loop.bin", directory + "/loop.bin") == 0)
      #expect(symlink("nowhere", directory + "/dangling.bin") == 0)
      for location in ["loop.bin", "dangling.bin"] {
        #expect(throws: FilesError.self) { try Self.read(["location": location], in: directory) }
      }
    }
  }

  /// Both files are links into one directory of blobs.
  @Test func huggingFacesCacheIsRead() async throws {
    try await withTemporaryDirectory { directory throws in
      for folder in ["/blobs", "/snapshots/main"] {
        try FileManager.default.createDirectory(
          atPath: directory + folder, withIntermediateDirectories: true)
      }
      try Data(Self.model(["location": "data.bin"]))
        .write(to: URL(filePath: directory + "/blobs/aaa"))
      try Data(count: 16).write(to: URL(filePath: directory + "/blobs/bbb"))
      let snapshot = directory + "/snapshots/main"
      #expect(symlink("../../blobs/aaa", snapshot + "/model.onnx") == 0)
      #expect(symlink("../../blobs/bbb", snapshot + "/data.bin") == 0)
      let network = try Network(onnx: snapshot + "/model.onnx")
      #expect(network.parameters["w"]?.tensor().doubles() == [0, 0, 0, 0])
    }
  }

  private static func large(seed: UInt64 = 0) -> Network {
    var network = Fixtures.dense
    network.setParameter(Fixtures.weight("unused", [300, 3]))
    network.setParameter(
      Parameter(
        name: "unused too", elementType: .float32, shape: [400],
        filling: .normal(standardDeviation: 1, Draw(seed: seed))))
    return network
  }

  private static func writer(_ network: Network) throws -> ONNXWriter {
    ONNXWriter(try GraphExport(of: network), metadata: network.metadata)
  }

  private static func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  @Test func largeNetworksAreWrittenWithADataFileAndReadBack() async throws {
    let network = Self.large()
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/network.onnx"
      let writer = try Self.writer(network)
      try writer.write(file, overwriting: false, limit: 2000)
      let names = try Self.names(in: directory)
      #expect(names.count == 2 && names[0] == "network.onnx")
      let digest = try Digest(ofFile: "\(directory)/\(names[1])").description
      #expect(names[1] == "network.onnx.\(digest.prefix(16)).data")
      let read = try Network(onnx: file)
      #expect(read.graph == network.graph)
      #expect(read.parameterBytes == network.parameterBytes)

      // Pages of 4096 bytes: 3600 bytes, padding, 1600 bytes.
      let data = try Data(contentsOf: URL(filePath: "\(directory)/\(names[1])"))
      #expect(data.count == 4096 + 1600)
      #expect(throws: FilesError.alreadyExists(file: file)) {
        try writer.write(file, overwriting: false, limit: 2000)
      }
    }
  }

  @Test func dataIsNeverThatOfAnotherModel() async throws {
    let (old, new) = (Self.large(), Self.large(seed: 1))
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/network.onnx"
      try Self.writer(old).write(file, overwriting: false, limit: 2000)
      let before = try Self.names(in: directory)
      do {
        // As where the writer is killed before the model has its name.
        let staged = try Self.writer(new).staged(file, overwriting: true, limit: 2000)
        #expect(try Network(onnx: staged.temporary).parameterBytes == new.parameterBytes)
        #expect(try Network(onnx: file).parameterBytes == old.parameterBytes)
      }
      #expect(try Self.names(in: directory) == before)
      #expect(try Network(onnx: file).parameterBytes == old.parameterBytes)
      try Self.writer(new).write(file, overwriting: true, limit: 2000)
      #expect(try Network(onnx: file).parameterBytes == new.parameterBytes)
      let after = try Self.names(in: directory)
      #expect(after.count == 2 && after[1] != before[1])
      // The same network once more, and given up: its data is the model's too.
      do { _ = try Self.writer(new).staged(file, overwriting: true, limit: 2000) }
      #expect(try Network(onnx: file).parameterBytes == new.parameterBytes)
    }
  }

  @Test func onlyTheModelsOwnDataIsRemoved() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/a.onnx"
      try Self.writer(Self.large()).write(file, overwriting: false, limit: 2000)
      let others = [
        "a.onnx.data", "a.onnx.0123456789abcde.data", "a.onnx.0123456789abcdeg.data",
        "b.onnx.0123456789abcdef.data", "xa.onnx.0123456789abcdef.data",
      ]
      for name in others { try Data([1]).write(to: URL(filePath: "\(directory)/\(name)")) }
      try Data([1]).write(to: URL(filePath: directory + "/a.onnx.0123456789abcdef.data"))
      // Small enough for one file.
      try Fixtures.dense.writeONNX(to: file, overwriting: true)
      #expect(try Self.names(in: directory) == (others + ["a.onnx"]).sorted())
    }
  }

  @Test func dataOfAPrivateModelIsPrivate() async throws {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/a.onnx"
      try Fixtures.dense.writeONNX(to: file)
      #expect(chmod(file, 0o600) == 0)
      try Self.writer(Self.large()).write(file, overwriting: true, limit: 2000)
      for name in try Self.names(in: directory) {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
      }
    }
  }

  @Test func largeNetworkBehindALinkIsReadByEitherName() async throws {
    try await withTemporaryDirectory { directory throws in
      #expect(mkdir(directory + "/real", 0o700) == 0)
      try Fixtures.dense.writeONNX(to: directory + "/real/a.onnx")
      #expect(symlink("real/a.onnx", directory + "/link.onnx") == 0)
      let network = Self.large()
      try Self.writer(network).write(directory + "/link.onnx", overwriting: true, limit: 2000)
      #expect(try Self.names(in: directory) == ["link.onnx", "real"])
      for name in ["link.onnx", "real/a.onnx"] {
        #expect(
          try Network(onnx: "\(directory)/\(name)").parameterBytes == network.parameterBytes)
      }
    }
  }

  @Test(.requiresPython) func theReferenceReadsTheDataFile() async throws {
    var network = Fixtures.dense
    network.setParameter(Fixtures.constant("unused", [1000], 0.25))
    try await withTemporaryDirectory { directory async throws in
      let file = directory + "/network.onnx"
      try ONNXWriter(try GraphExport(of: network), metadata: [:])
        .write(file, overwriting: false, limit: 2000)
      let output = try await Python.run(
        """
        import sys, onnx, onnx.numpy_helper
        onnx.checker.check_model(sys.argv[1], full_check=True)
        for tensor in onnx.load(sys.argv[1]).graph.initializer:
            if tensor.name == "unused":
                print(onnx.numpy_helper.to_array(tensor).sum())
        """, file)
      #expect(output == "250.0\n")
    }
  }
}
