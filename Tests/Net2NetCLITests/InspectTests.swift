import Foundation
import Testing

@Suite struct InspectTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test func layersWidthsAndSitesAreShown() async throws {
    try await workplace.succeed("new", "resnet", "-o", "net.onnx", "--width-factor", "0.25")
    let text = try await workplace.succeed("inspect", "net.onnx")
    let lines = text.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(lines[0].hasPrefix("net.onnx: "))
    #expect(lines.contains("conv1 Conv float32(N, 4, 28, 28) 36 28.2 k"))
    // The stem and the first stage's block are one residual stream.
    #expect(lines.contains { $0.hasPrefix("conv1 4 free 2 3 8") })
    #expect(lines.contains { $0.hasPrefix("head 10 pinned") && $0.contains("graph's output") })
    #expect(lines.contains("relu1 4 28×28 identity, Relu"))
    #expect(lines.contains("stage1.block1"))
  }

  @Test func jsonHoldsTheSame() async throws {
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.125")
    let text = try await workplace.succeed("inspect", "net.onnx", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let root = try #require(object as? [String: Any])
    let widths = try #require(root["widths"] as? [[String: Any]])
    let first = try #require(widths.first { $0["name"] as? String == "fc1" })
    #expect(first["size"] as? Int == 32)
    #expect(first["freedom"] as? String == "free")
    #expect(first["writers"] as? [String] == ["fc1.weight", "fc1.bias"])
    #expect(first["readers"] as? [String] == ["fc2.weight"])
    #expect((root["opaque"] as? [Any])?.isEmpty == true)
    let cost = try #require(root["cost"] as? [String: Any])
    // 784·32, 32·32, 32·10
    #expect(cost["multiplyAdds"] as? Int == 25_088 + 1_024 + 320)
  }

  @Test func missingFileIsOneSentence() async throws {
    let run = try await workplace.net2net("inspect", "nothing.onnx")
    #expect(run.exitCode == 1)
    #expect(run.errors == "net2net: nothing.onnx: there is no such file\n")
  }

  @Test func fileThatIsNoNetworkIsOneSentence() async throws {
    try workplace.write("hello, world", to: "text.onnx")
    let run = try await workplace.net2net("inspect", "text.onnx")
    #expect(run.exitCode == 1)
    #expect(run.errors.hasPrefix("net2net: text.onnx: "))
    #expect(run.errors.split(separator: "\n").count == 1)
  }
}
