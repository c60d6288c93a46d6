import Foundation
import TestSupport
import Testing

@Suite(.requiresTorch) struct TextTests {
  let workplace: Workplace
  static let data = "text:song.txt:context=8"

  init() async throws {
    workplace = try Workplace()
    try workplace.write(String(repeating: "abbabc", count: 400), to: "song.txt")
    try await workplace.succeed(
      "new", "gpt", "-o", "gpt.onnx", "--data", Self.data, "--width-factor", "0.125", "--depth", "2"
    )
  }

  @Test func textIsLearntGrownAndEvaluated() async throws {
    let run = try await workplace.net2net(
      "train", "gpt.onnx", "--data", Self.data, "--optimizer", "adamw", "--learning-rate", "0.01",
      "--batch-size", "16", "--steps", "40", "-o", "run")
    #expect(run.exitCode == 0, "\(run.errors)")
    let network = "run/network.onnx"
    let wide = try await workplace.succeed(
      "widen", network, "-o", "wide.onnx", "--all", "2x", "--data", Self.data)
    #expect(wide.contains("wide.onnx: exact; "))
    let deep = try await workplace.succeed(
      "deepen", network, "-o", "deep.onnx", "--repeat", "block1..block1.add2=2", "--data", Self.data
    )
    #expect(deep.contains("deep.onnx: bitExact; "))
    for student in ["wide.onnx", "deep.onnx"] {
      let verdict = try await workplace.succeed("verify", network, student, "--data", Self.data)
      #expect(verdict.contains("the same function"))
    }
    let before = try await workplace.succeed("evaluate", network, "--data", Self.data)
    // 2400 bytes, 240 held out: 29 windows of 8.
    #expect(before.hasPrefix("run/network.onnx: loss "))
    #expect(before.contains(" bits a byte, accuracy "))
    #expect(before.hasSuffix(" %, 232 bytes of text:song.txt:context=8\n"))
    try await workplace.succeed("export", "wide.onnx", "-o", "wide.safetensors")
    let longer = try await workplace.net2net(
      "train", "wide.onnx", "--data", Self.data, "--optimizer", "adamw", "--steps", "5",
      "--batch-size", "16", "-o", "on")
    #expect(longer.exitCode == 0, "\(longer.errors)")
  }

  @Test func dataTellsWhatAskingForItAgainCouldContradict() async throws {
    let run = try await workplace.net2net(
      "new", "gpt", "-o", "x.onnx", "--data", Self.data, "--classes", "3")
    #expect(run.exitCode == 2)
    #expect(
      run.sentence
        == "net2net: --data tells the input and the classes; leave out --input and --classes")
  }
}
