import Foundation
import Net2Net
import Net2NetFiles
import TestSupport
import Testing

/// Files that PyTorch writes, read and written again: onnxruntime computes the same from both.
@Suite struct TorchExportTests {
  @Test(.requiresPython) func whatPyTorchExportsComputesTheSameAfterReadingAndWriting()
    async throws
  {
    try await withTemporaryDirectory { directory async throws in
      _ = try await Python.run(
        oracle: "export_with_torch.py", directory)
      let files = try FileManager.default.contentsOfDirectory(atPath: directory)
      for file in files {
        let network = try Network(onnx: "\(directory)/\(file)")
        #expect(network.graph.nodes.allSatisfy { !$0.operation.isOpaque }, "\(file)")
        try network.writeONNX(to: "\(directory)/\(file.dropLast(5)).copy.onnx")
      }
      let output = try await Python.run(
        oracle: "compare_with_onnxruntime.py", directory)
      #expect(
        output == """
          Attention-11 (2, 4) same
          Attention-13 (2, 4) same
          Attention-17 (2, 4) same
          Attention-18 (2, 4) same
          Attention-20 (2, 4) same
          Residual-11 (2, 10) same
          Residual-13 (2, 10) same
          Residual-17 (2, 10) same
          Residual-18 (2, 10) same
          Residual-20 (2, 10) same
          Shuffle-11 (2, 5) same
          Shuffle-13 (2, 5) same
          Shuffle-17 (2, 5) same
          Shuffle-18 (2, 5) same
          Shuffle-20 (2, 5) same

          """)
    }
  }
}

extension Operator {
  fileprivate var isOpaque: Bool { if case .opaque = self { true } else { false } }
}
