import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import TestSupport
import Testing

/// What docs/pytorch.md tells whoever comes with a network of torchvision, command by command.
@Suite(.requiresTorch, .requiresPython, .requiresFashionMNIST, .tags(.slow))
struct ImportedNetworkTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test func resNetOfTorchvisionGrowsAndLearnsFashionMNIST() async throws {
    _ = try await Python.run(oracle: "resnet18.py", workplace.folder, "320", "100")
    try await workplace.succeed("widen", "resnet18.onnx", "-o", "wide.onnx", "--all", "1.5x")
    let wide = try await workplace.succeed("verify", "resnet18.onnx", "wide.onnx")
    #expect(wide.contains("\nthe same function, within a tolerance of "), "\(wide)")
    try await workplace.succeed("deepen", "wide.onnx", "-o", "deep.onnx", "--repeat", "layer2.1=2")
    let deep = try await workplace.succeed("verify", "wide.onnx", "deep.onnx")
    #expect(deep.contains("\nevaluation: bitExact\ntraining: bitExact\n"), "\(deep)")

    let data = "idx:fashion:size=32,channels=3"
    let accuracy = try await workplace.succeed(
      "train", "deep.onnx", "--data", data, "--classes", "10", "--epochs", "2", "--batch-size",
      "16", "--learning-rate", "0.003", "-o", "run")
    #expect(accuracy.hasPrefix("run/network.onnx: accuracy "))
    let losses = try metrics("training", "loss")
    #expect(losses.count == 4)
    #expect(losses[3] < losses[0] * 0.8, "\(losses)")
    let accuracies = try metrics("evaluation", "accuracy")
    // Ten classes: a network that has learnt nothing gets 10 %.
    #expect(accuracies[0] < 0.25 && accuracies[2] > 0.4, "\(accuracies)")

    let inspection = try await workplace.succeed("inspect", "run/network.onnx")
    #expect(inspection.contains("\n  in   input: float32(N, 3, 32, 32)\n"))
    #expect(inspection.contains("\n  out  logits: float32(N, 10)\n"))
    #expect(inspection.contains("layer2.1~2./layer2/layer2.1/conv2/Conv"))
    let network = try Network(onnx: workplace.path("run/network.onnx"))
    #expect(network.parameters["fc.weight"]?.shape == [10, 768])
    #expect(network.metadata["classes"]?.split(separator: ",").count == 10)
    let evaluation = try await workplace.succeed("evaluate", "run/network.onnx", "--data", data)
    #expect(evaluation.contains(", 100 images of \(data)\n"), "\(evaluation)")
  }

  private func metrics(_ kind: String, _ figure: String) throws -> [Double] {
    let text = String(decoding: try workplace.contents("run/metrics.jsonl"), as: UTF8.self)
    let lines = try text.split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    return lines.filter { $0["kind"] as? String == kind }.compactMap { $0[figure] as? Double }
  }
}
