import Net2Net
import Net2NetFiles
import TestSupport
import Testing

@Suite struct ExamplesTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test func networkIsBuiltAndItsResidualStreamIsOneWidth() async throws {
    let run = try await workplace.run("Example01", ["net.onnx"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("conv1: 8, free; writer conv1.weight, "))
    #expect(!run.output.contains("\nconv3: "))
    // 3·8·9 + 8, 8·12·9 + 12, 12·8·9 + 8, 8·10 + 10
    #expect(run.output.hasSuffix("net.onnx: 2062 parameters\n"))
    #expect(try Network(onnx: workplace.path("net.onnx")).parameterCount == 2_062)
  }

  @Test(.requiresTorch) func widenedNetworkIsFoundExact() async throws {
    let run = try await workplace.run("Example02")
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("\nevaluation: exact\n"))
  }

  @Test(.requiresTorch, .requiresFashionMNIST)
  func networkGrowsInsideItsRun() async throws {
    let run = try await workplace.run("Example03", ["1024"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[2] == "step 16: 11314 → 38746 parameters, exact")
  }

  @Test(.requiresTorch, .requiresPython)
  func grownNetworkGoesBackToPyTorchAndComputesTheSame() async throws {
    let output = try await Python.run(
      example: "04-BackToPyTorch/round_trip.py", Workplace.built("net2net"), workplace.folder)
    #expect(output.contains("\nResNet-18: 64, 128, 256, 512 channels, 2, 2, 2, 2 blocks"))
    #expect(output.contains("\ngrown to 96, 192, 384, 768 channels, 2, 3, 2, 2 blocks"))
    #expect(output.contains("\nthe same outputs: "))
  }
}
