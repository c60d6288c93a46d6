import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite(.requiresTorch) struct LiveModelTests {
  @Test func folderThatIsNotEmptyIsLeftAlone() throws {
    try withTemporaryFolder { folder in
      try Data("mine".utf8).write(to: URL(filePath: folder + "/notes.txt"))
      #expect(
        sentence {
          _ = try LiveModel.create(folder, .small, network: smallNetwork(), source: "small.onnx")
        } == "\(folder): exists already and is not empty; give another name")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
    }
  }

  @Test func beginningThatFailsLeavesNothing() throws {
    try withTemporaryFolder { folder in
      // Its weight has other axes than its input asks for, which shows when it is looked at closely.
      var network = try smallNetwork()
      network.setParameter(
        Parameter(
          name: "head.weight", tensor: Tensor(elementType: .float32, shape: [2, 9], repeating: 0)))
      #expect(
        sentence {
          _ = try LiveModel.create(folder, .small, network: network, source: "small.onnx")
        } != nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
      _ = try LiveModel.create(folder, .small, network: smallNetwork(), source: "small.onnx")
    }
  }

  @Test func whatIsLeftOfWritersThatWereKilledIsRemoved() throws {
    try withTemporaryFolder { folder in
      let live = folder + "/live"
      do {
        _ = try LiveModel.create(live, .small, network: smallNetwork(), source: "small.onnx")
      }
      let leftovers = [
        "networks/network.tmp-abc", "networks/.net2net-1.tmp", "examples/.net2net-2.tmp",
        ".net2net-3.tmp",
      ]
      for name in leftovers { try Data("half".utf8).write(to: URL(filePath: "\(live)/\(name)")) }
      let model = try LiveModel(live)
      for name in leftovers {
        #expect(!FileManager.default.fileExists(atPath: "\(live)/\(name)"), "\(name)")
      }
      #expect(try model.registry.version(.champion)?.number == 1)
    }
  }

  @Test func checkNamesEverythingThatIsWrong() throws {
    try withLiveModel { model, folder in
      for seed in 1...2 {
        _ = try model.registry.add(
          smallNetwork(seed: UInt64(seed)),
          as: VersionDraft(parent: 1, origin: .training(seeds: [:])))
      }
      _ = try model.examples.append((0..<5).map(Example.numbered))
      let whole = try LiveCheck(reading: folder)
      #expect(whole.findings == [])
      #expect(whole.versionCount == 3)
      #expect(whole.exampleCount == 5)

      let versions = try (1...3).map { try model.registry.version($0) }
      let files = versions.map { URL(filePath: model.registry.networks.file($0.sha256)) }
      try Data("damaged".utf8).write(to: files[0])
      try FileManager.default.removeItem(at: files[2])
      let segment = URL(filePath: try model.examples.file(of: 0))
      var bytes = try Data(contentsOf: segment)
      bytes[bytes.count - 23] ^= 1
      try bytes.write(to: segment)
      let found = try LiveCheck(reading: folder).findings
        .map { $0.replacingOccurrences(of: folder + "/", with: "") }
      #expect(found.count == 3, "\(found)")
      #expect(found.contains { $0.hasPrefix("version 1: networks/") && $0.contains("SHA-256") })
      #expect(found.contains { $0.hasPrefix("version 3: its file ") })
      #expect(found.last?.hasPrefix("example 3: examples/000000000000.segment ") == true)
    }
  }

  @Test func folderMovesWithItsLife() throws {
    try withTemporaryFolder { folder in
      do {
        let model = try LiveModel.create(
          folder + "/here", .small, network: smallNetwork(), source: "small.onnx")
        _ = try model.examples.append((0..<5).map(Example.numbered))
        model.examples.close()
      }
      try FileManager.default.moveItem(atPath: folder + "/here", toPath: folder + "/there")
      let model = try LiveModel(folder + "/there")
      #expect(model.examples.count == 5)
      #expect(try model.registry.verified(1, for: model.settings).goldenDifference == 0)
      let status = try LiveStatus(reading: folder + "/there")
      #expect(status.versionCount == 1)
      #expect(status.examples == model.examples.counts)
    }
  }
}
