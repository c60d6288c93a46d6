import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: Fixtures.all.map(\.name))
  func whatWasWrittenIsReadBackUnchanged(name: String) async throws {
    let network = try #require(Fixtures.all.first { $0.name == name }?.network)
    try await withTemporaryDirectory { directory in
      let file = directory + "/network.onnx"
      try network.writeONNX(to: file)
      let read = try Network(onnx: file)
      #expect(read.graph == network.graph)
      #expect(read.parameterBytes == network.parameterBytes)
      #expect(read.metadata == network.metadata)
    }
  }

  @Test(.requiresPython, arguments: Fixtures.all.map(\.name))
  func theReferenceCheckerAndRuntimeAcceptWhatIsWritten(name: String) async throws {
    let network = try #require(Fixtures.all.first { $0.name == name }?.network)
    try await withTemporaryDirectory { directory in
      let file = directory + "/network.onnx"
      try network.writeONNX(to: file)
      let output = try await Python.run(
        """
        import sys, onnx, numpy, onnxruntime
        onnx.checker.check_model(sys.argv[1], full_check=True)
        session = onnxruntime.InferenceSession(sys.argv[1])
        declared = session.get_inputs()[0]
        x = numpy.ones([2 if isinstance(d, str) else d for d in declared.shape], "float32")
        print(session.run(None, {declared.name: x})[0].shape[0])
        """, file)
      #expect(output == "2\n")
    }
  }

  @Test func theSameNetworkGivesTheSameBytes() async throws {
    try await withTemporaryDirectory { directory throws in
      let files = ["/first.onnx", "/second.onnx", "/third.onnx"].map { directory + $0 }
      try Fixtures.branched.writeONNX(to: files[0])
      try Fixtures.branched.writeONNX(to: files[1])
      try Network(onnx: files[0]).writeONNX(to: files[2])
      let bytes = try files.map { try Data(contentsOf: URL(filePath: $0)) }
      #expect(bytes[0] == bytes[1])
      #expect(bytes[0] == bytes[2])
    }
  }

  @Test func aPendingParameterIsWrittenAsItsValues() async throws {
    var network = Fixtures.dense
    network.setParameter(
      Parameter(
        name: "w1", elementType: .float32, shape: [8, 6],
        filling: .normal(standardDeviation: 0.1, Draw(seed: 5))))
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/network.onnx"
      try network.writeONNX(to: file)
      #expect(try Network(onnx: file).parameterBytes == network.evaluated().parameterBytes)
    }
  }

  @Test func generatedOperandsGiveWayToNamesInUse() async throws {
    var network = Fixtures.dense
    network.setParameter(Fixtures.constant("reshape1.shape", [2], 1))
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/network.onnx"
      try network.writeONNX(to: file)
      let read = try Network(onnx: file)
      #expect(read.graph == network.graph)
      #expect(read.parameterBytes == network.parameterBytes)
    }
  }

  @Test func brokenNetworkIsRefusedBeforeAnythingIsWritten() async throws {
    var network = Fixtures.dense
    network.graph.nodes[0].inputs[1] = "nowhere"
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/network.onnx"
      let error = #expect(throws: FilesError.self) { try network.writeONNX(to: file) }
      #expect(
        error?.description == "\(file): node \"dense1\": its input \"nowhere\" is neither a graph "
          + "input, nor a parameter, nor the output of an earlier node")
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }
  }
}
