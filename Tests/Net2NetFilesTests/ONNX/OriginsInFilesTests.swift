import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetFiles

@Suite("Origins in ONNX files")
struct OriginsInFilesTests {
  private func student() throws -> Network {
    var network = try #require(Fixture.named("residual")).network()
    network.metadata["author"] = "somebody"
    return try network.grown(
      by: GrowthPlan(growths: [
        .deepen(Deepen(after: ["block.relu1"], batchNorm: false)),
        .repeatBlock(RepeatBlock(block: "block")),
      ])
    ).network
  }

  @Test("are read back, apart from the metadata, and blocks keep their names")
  func roundTrip() throws {
    let student = try student()
    try withTemporaryFolder { folder in
      let file = "\(folder)/student.onnx"
      try student.writeONNX(to: file)
      let read = try Network(onnx: file)
      #expect(read.origins == student.origins)
      #expect(!read.origins.isEmpty)
      #expect(read.metadata == ["author": "somebody"])
      #expect(try read.residualBlocks().map(\.name) == student.residualBlocks().map(\.name))
      #expect(try Digest(of: read).description == Digest(of: student).description)
    }
  }

  @Test("a network that has not grown has no entry")
  func none() throws {
    let network = try #require(Fixture.named("chain")).network()
    try withTemporaryFolder { folder in
      let file = "\(folder)/chain.onnx"
      try network.writeONNX(to: file)
      #expect(try Network(onnx: file).origins.isEmpty)
      #expect(try network.metadataWithOrigins(file).isEmpty)
    }
  }

  @Test("what another program has removed is forgotten")
  func removed() throws {
    var student = try student()
    student.origins.nodes["gone"] = .grown(from: "gone")
    student.origins.parameters["gone.weight"] = .grown(from: "gone.weight")
    try withTemporaryFolder { folder in
      let file = "\(folder)/student.onnx"
      try student.writeONNX(to: file)
      let origins = try Network(onnx: file).origins
      #expect(origins.nodes["gone"] == nil && origins.parameters["gone.weight"] == nil)
      #expect(!origins.isEmpty)
    }
  }

  @Test(
    "others than we write are refused with the reason",
    arguments: [
      ("no JSON", "other text"), (#"{"parametres":{}}"#, "\"parametres\""),
      (#"{"nodes":{"a":{"grown":1}}}"#, "grown"),
    ])
  func malformed(_ text: String, _ reason: String) throws {
    var network = try #require(Fixture.named("chain")).network()
    network.metadata["net2net.origins"] = text
    try withTemporaryFolder { folder in
      let file = "\(folder)/bad.onnx"
      try network.writeONNX(to: file)
      let error = #expect(throws: FilesError.self) { try Network(onnx: file) }
      let sentence = try #require(error?.description)
      #expect(sentence.contains("metadata \"net2net.origins\"") && sentence.contains(reason))
    }
  }
}
