import Foundation
import Net2Net
import Net2NetFiles
import TestSupport
import Testing

/// Laws of networks with norms as PyTorch exports them: what grows computes, in onnxruntime, what
/// the exported file does.
@Suite("Exported norms", .requiresPython)
struct NormLaws {
  @Test("grown to twice the widths, and where all are free to any size")
  func grown() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "norms-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try await Python.run(oracle: "export_norms.py", folder.path)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".onnx") }
    #expect(files.count == 7)
    for file in files {
      let teacher = try Network(onnx: folder.appending(path: file).path)
      #expect(teacher.graph.nodes.allSatisfy { !isOpaque($0) }, "\(file)")
      let factor = file.hasPrefix("Stream") ? 1.6 : 2
      let plan = GrowthPlan(seed: 3, growths: [.widen(Widen(all: factor))])
      let student = try teacher.grown(by: plan).network
      #expect(student.parameterCount > 2 * teacher.parameterCount)
      try student.writeONNX(to: folder.appending(path: file.dropLast(5) + ".copy.onnx").path)
    }
    let output = try await Python.run(oracle: "compare_with_onnxruntime.py", folder.path)
    let lines = output.split(separator: "\n")
    #expect(lines.count == files.count)
    for line in lines { #expect(line.hasSuffix(" same"), "\(line)") }
  }

  private func isOpaque(_ node: Node) -> Bool {
    if case .opaque = node.operation { true } else { false }
  }
}
