import Foundation
import Net2Net
import Net2NetFiles
import TestSupport
import Testing

/// What a command may write over, and what not.
@Suite(.requiresTorch) struct OutputsTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
    try workplace.write("growths: [{widen: {all: 2x}}]\n", to: "plan.yml")
    try Stripes.write(to: workplace.path("stripes"), training: 64, test: 16)
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workplace.folder).sorted()
  }

  static let collisions: [(arguments: [String], sentence: String)] = [
    (
      ["widen", "net.onnx", "--all", "2x", "-o", "p.onnx", "--state-dict", "p.onnx"],
      "p.onnx: would be the state dict and is the network as well"
    ),
    (
      ["widen", "net.onnx", "--all", "2x", "-o", "p.onnx", "--state-dict", "./p.onnx"],
      "./p.onnx: would be the state dict and is the network as well"
    ),
    (
      ["widen", "net.onnx", "--all", "2x", "-o", "here/p.onnx", "--state-dict", "p.onnx"],
      "p.onnx: would be the state dict and is the network as well"
    ),
    (
      ["widen", "net.onnx", "--all", "2x", "-o", "p.onnx", "--state-dict", "p.receipt.json"],
      "p.receipt.json: would be the state dict and is the receipt as well"
    ),
    (
      ["widen", "net.onnx", "--all", "2x", "-o", "p.onnx", "--state-dict", "link.onnx"],
      "link.onnx: would be the state dict and is the network to grow as well"
    ),
    (
      ["grow", "net.onnx", "--plan", "plan.yml", "-o", "plan.yml"],
      "plan.yml: would be the network and is the plan as well"
    ),
    (
      [
        "widen", "net.onnx", "--all", "2x", "-o", "p.onnx", "--state-dict",
        "p.onnx.0123456789abcdef.data",
      ],
      "p.onnx.0123456789abcdef.data: would be p.onnx's parameters and is the state dict as well"
    ),
    (
      ["export", "net.onnx", "-o", "net.onnx"],
      "net.onnx: would be the state dict and is the network as well"
    ),
    (
      ["run", "net.onnx", "--input", "plan.yml", "-o", "plan.yml"],
      "plan.yml: would be the file of outputs and is the file of --input as well"
    ),
    (
      ["new", "mlp", "--data", "csv:plan.yml", "-o", "plan.yml"],
      "plan.yml: would be the network and is the data as well"
    ),
  ]

  @Test(arguments: collisions)
  func oneFileIsNotTwoThings(arguments: [String], sentence: String) async throws {
    #expect(symlink(".", workplace.path("here")) == 0)
    #expect(symlink("net.onnx", workplace.path("link.onnx")) == 0)
    let before = try names()
    let run = try await workplace.net2net(arguments + ["--force"])
    #expect(run.exitCode == 2)
    #expect(run.errors == "net2net: \(sentence); give one of them another name\n")
    #expect(try names() == before)
  }

  @Test func networkMayBeGrownInItsPlace() async throws {
    try await workplace.succeed(
      "widen", "net.onnx", "--all", "2x", "-o", "./net.onnx", "--force", "--state-dict",
      "net.safetensors")
    try await workplace.succeed("inspect", "net.onnx")
    #expect(try names().filter { $0.hasPrefix("net.") }.count == 3)
  }

  @Test func networkInTheRunThatWouldBeReplacedIsRefused() async throws {
    let train = ["train", "net.onnx", "--data", "idx:stripes", "--steps", "2", "-o", "run"]
    try await workplace.succeed(train)
    let step = try #require(
      try FileManager.default.contentsOfDirectory(atPath: workplace.path("run/checkpoints")).first)
    for network in ["run/network.onnx", "run/checkpoints/\(step)/network.onnx"] {
      let run = try await workplace.net2net(
        "train", network, "--data", "idx:stripes", "-o", "run", "--force")
      #expect(run.exitCode == 2)
      #expect(
        run.errors.contains(
          "would be a file of the new run and is the network to train as well"), "\(run.errors)")
    }
    try await workplace.succeed("inspect", "run/network.onnx")
    try await workplace.succeed(train + ["--force"])
  }

  @Test func folderThatIsNotARunIsNotReplaced() async throws {
    try FileManager.default.createDirectory(
      atPath: workplace.path("work/checkpoints"), withIntermediateDirectories: true)
    try workplace.write("precious", to: "work/checkpoints/mine")
    let run = try await workplace.net2net(
      "train", "net.onnx", "--data", "idx:stripes", "--steps", "2", "-o", "work", "--force")
    #expect(run.exitCode == 1)
    #expect(
      run.errors
        == "net2net: work: holds checkpoints and is not a run directory: run.json is missing, or not "
        + "that of a run; name another folder, or remove checkpoints yourself\n")
    #expect(workplace.exists("work/checkpoints/mine"))
  }

  @Test func demoReplacesDemosOnly() async throws {
    try FileManager.default.createDirectory(
      atPath: workplace.path("demo/teacher/checkpoints"), withIntermediateDirectories: true)
    for force in [[], ["--force"]] {
      let run = try await workplace.net2net(["demo", "--data", "idx:stripes"] + force)
      #expect(run.exitCode == 1)
      #expect(
        run.sentence.hasPrefix(
          "net2net: demo/teacher: holds checkpoints and is not a run directory: "))
    }
    try workplace.write("mine", to: "demo/widened.onnx")
    let run = try await workplace.net2net("demo", "--data", "idx:stripes")
    #expect(
      run.sentence
        == "net2net: demo/widened.onnx: exists already; give another name, or --force to "
        + "overwrite it")
  }

  @Test func filesThatAreNotAComparisonsStay() async throws {
    try FileManager.default.createDirectory(
      atPath: workplace.path("out"), withIntermediateDirectories: true)
    try workplace.write("mine", to: "out/report.html")
    try workplace.write(CompareTests.plan, to: "compare.yml")
    for command in [
      ["compare", "compare.yml", "--data", "idx:stripes"],
      ["live", "simulate", "--data", "idx:stripes"],
    ] {
      let run = try await workplace.net2net(command + ["-o", "out"])
      #expect(run.exitCode == 1)
      #expect(run.sentence.hasPrefix("net2net: out/report.html: exists already and is not a "))
      #expect(run.sentence.hasSuffix("; name another folder, or remove it"))
    }
    #expect(try workplace.contents("out/report.html") == Data("mine".utf8))
  }

  @Test func deviceBehindALinkIsRefusedBeforeAnyWork() async throws {
    #expect(symlink("/dev/null", workplace.path("null.onnx")) == 0)
    for output in ["null.onnx", "/dev/stdout", "/dev/null"] {
      let run = try await workplace.net2net(
        "widen", "missing.onnx", "--all", "2x", "-o", output, "--force")
      #expect(run.exitCode == 1)
      #expect(run.errors == "net2net: \(output): cannot be written: it is not a regular file\n")
    }
  }

  @Test func textThatIsNotUTF8IsRefused() async throws {
    let script = "printf 'widen\\0net.onnx\\0--all\\0002x\\0-o\\0caf\\351.onnx' | xargs -0 $net2net"
    let run = try await workplace.shell(script)
    #expect(
      run.errors.hasPrefix(
        "net2net: argument 6, \"caf\u{FFFD}.onnx\": UTF-8 expected, other bytes found; "))
    #expect(try names() == ["net.onnx", "plan.yml", "stripes"])
  }

  // MARK: A network and its receipt

  @Test func receiptNeverStandsBesideAnotherStudent() async throws {
    try await workplace.succeed("widen", "net.onnx", "--all", "2x", "-o", "p.onnx")
    let old = try workplace.contents("p.receipt.json")
    // Nothing of a file fits where the limit is a kilobyte: neither is replaced.
    let run = try await workplace.net2net(
      ["widen", "net.onnx", "--all", "3x", "-o", "p.onnx", "--force"], largestFile: 1)
    #expect(run.exitCode == 1)
    #expect(try workplace.contents("p.receipt.json") == old)
    try await workplace.succeed("verify", "net.onnx", "p.onnx", "--receipt", "p.receipt.json")
    // The network fits, its receipt does not: both are as before.
    #expect(mkdir(workplace.path("q.receipt.json"), 0o700) == 0)
    let other = try await workplace.net2net(
      "widen", "net.onnx", "--all", "3x", "-o", "q.onnx", "--force")
    #expect(other.errors == "net2net: q.receipt.json: cannot be written: it is a directory\n")
    #expect(!workplace.exists("q.onnx"))
  }

  @Test func receiptOfAnotherStudentIsNoticed() async throws {
    try await workplace.succeed("widen", "net.onnx", "--all", "2x", "-o", "p.onnx")
    try await workplace.succeed("widen", "net.onnx", "--all", "3x", "-o", "q.onnx")
    let run = try await workplace.net2net(
      "verify", "net.onnx", "q.onnx", "--receipt", "p.receipt.json")
    #expect(run.exitCode == 3)
    #expect(
      run.sentence.hasPrefix("net2net: p.receipt.json: replayed on net.onnx, it does not give "))
  }
}
