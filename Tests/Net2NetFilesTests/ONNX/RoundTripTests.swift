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
}
