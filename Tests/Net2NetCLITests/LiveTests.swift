import Foundation
import TestSupport
import Testing

@Suite(.requiresTorch) struct LiveTests {
  /// A live model of stripes with 40 examples.
  private func workplace() async throws -> Workplace {
    let workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 30, test: 10)
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
    try await workplace.succeed(
      "live", "init", "shop", "--network", "net.onnx", "--data", "idx:stripes")
    try await workplace.succeed("live", "add", "shop", "--data", "idx:stripes")
    return workplace
  }

  @Test func modelIsMadeFilledAndShown() async throws {
    let workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 30, test: 10)
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
    let made = try await workplace.succeed(
      "live", "init", "shop", "--network", "net.onnx", "--data", "idx:stripes", "--held-out",
      "0.5")
    #expect(
      made.hasPrefix("shop: model \"shop\", samples (1, 28, 28), 10 classes; version 1, "),
      "\(made)")
    #expect(made.hasSuffix(" is champion\n"))
    // Ten different images, so each is on one side four times over.
    let added = try await workplace.succeed("live", "add", "shop", "--data", "idx:stripes")
    #expect(added.hasPrefix("shop: 40 examples added; "))
    let status = try await workplace.succeed("live", "status", "shop")
    #expect(status.hasPrefix("shop: model \"shop\", 1 version, 10 classes\n40 examples: "))
    #expect(status.contains("\n  1        import"), "\(status)")
    #expect(status.contains("champion"))
  }

  @Test func statusIsJSONForPrograms() async throws {
    let workplace = try await workplace()
    let text = try await workplace.succeed("live", "status", "shop", "--json")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect((object["aliases"] as? [String: Int]) == ["champion": 1])
    #expect((object["classes"] as? [String])?.count == 10)
    let versions = try #require(object["versions"] as? [[String: Any]])
    #expect(versions.first?["number"] as? Int == 1)
    #expect((versions.first?["sha256"] as? String)?.count == 64)
    #expect((versions.first?["created"] as? String)?.hasSuffix("Z") == true)
    let examples = try #require(object["examples"] as? [String: Any])
    let byClass = ["trainingByClass", "heldOutByClass"].flatMap { examples[$0] as? [Int] ?? [] }
    #expect(byClass.reduce(0, +) == 40)
  }

  /// Done once, it is told again from its record.
  @Test func strategiesAreComparedOnAStreamAndKeptInARecord() async throws {
    let workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 60, test: 20)
    let command = [
      "live", "simulate", "-o", "out", "--data", "idx:stripes", "--arrivals", "2", "--small",
      "0.125",
      "--large", "0.25", "--strategies", "small,large", "--threads", "1",
    ]
    let first = try await workplace.net2net(command)
    #expect(first.exitCode == 0, "\(first.errors)")
    #expect(first.errors.contains("arrival 2"), "\(first.errors)")
    #expect(first.output.hasSuffix("\nout/report.html: with pictures\n"), "\(first.output)")
    let page = try workplace.contents("out/report.html")
    #expect(String(decoding: page, as: UTF8.self).contains("<svg"))
    let record = try workplace.contents("out/record.json")
    let again = try await workplace.net2net(command)
    #expect(again.output == first.output)
    #expect(!again.errors.contains("arrival 2"), "nothing is done twice")
    #expect(try workplace.contents("out/record.json") == record)

    let other = try await workplace.net2net(command + ["--seed", "2"])
    #expect(other.exitCode == 1)
    #expect(
      other.sentence
        == "net2net: out: holds a simulation with other settings or data, or of another version of "
        + "net2net; go on with those, or name another folder")
    let few = try await workplace.net2net(command + ["--samples", "0"])
    #expect(few.errors.contains("samples: 1 or more expected, 0 found"))
  }

  @Test func promotingAndRollingBackWithoutAnythingToGoToIsTold() async throws {
    let workplace = try await workplace()
    #expect(
      try await workplace.succeed("live", "promote", "shop", "1")
        == "shop: version 1 is champion already\n")
    let missing = try await workplace.net2net("live", "promote", "shop", "4")
    #expect(missing.exitCode == 1)
    #expect(missing.sentence == "net2net: version 4: there is none; the newest is 1")
    let rollback = try await workplace.net2net("live", "rollback", "shop")
    #expect(rollback.exitCode == 1)
    #expect(rollback.sentence == "net2net: there is no previous version to roll back to")
  }

  /// Killed at some moment, what was stored is whole, and adding again goes on behind it.
  @Test(.tags(.slow), arguments: [0.05, 0.2, 0.4, 0.7, 1.2])
  func addingThatIsKilledLeavesWholeExamples(seconds: Double) async throws {
    let workplace = try await workplace()
    try Stripes.write(to: workplace.path("many"), training: 20_000, test: 10)
    let killed = try await workplace.shell(
      "timeout -s KILL \(seconds) $net2net live add shop --data idx:many; true")
    #expect(killed.exitCode == 0)
    let check = try await workplace.net2net("live", "check", "shop", "--json")
    #expect(check.exitCode == 0, "\(check.output)\(check.errors)")
    let found = try JSONDecoder().decode([String: JSONCount].self, from: Data(check.output.utf8))
    let count = try #require(found["exampleCount"]?.number)
    #expect((40...20_050).contains(count))
    try await workplace.succeed("live", "add", "shop", "--data", "idx:stripes")
    #expect(
      try await workplace.succeed("live", "check", "shop").hasPrefix("shop: 1 version and "))
    let files = try FileManager.default.subpathsOfDirectory(atPath: workplace.path("shop"))
    #expect(files.filter { $0.contains("tmp") } == [])
  }

  /// A number, or whatever else.
  private struct JSONCount: Decodable {
    var number: Int?

    init(from decoder: any Decoder) throws {
      number = try? decoder.singleValueContainer().decode(Int.self)
    }
  }

  @Test func checkThatFindsSomethingEndsWithThree() async throws {
    let workplace = try await workplace()
    let networks = workplace.path("shop/networks")
    let file = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: networks).first {
        $0.hasSuffix(".onnx")
      })
    try workplace.write("damaged", to: "shop/networks/\(file)")
    let check = try await workplace.net2net("live", "check", "shop")
    #expect(check.exitCode == 3)
    #expect(check.output.hasPrefix("version 1: shop/networks/\(file): SHA-256 "))
    let promote = try await workplace.net2net("live", "promote", "shop", "1")
    #expect(promote.exitCode == 1)
    #expect(promote.sentence.hasPrefix("net2net: version 1: shop/networks/"))
  }

  @Test func checkSaysWhatItLookedAtAndMissesExamples() async throws {
    let workplace = try await workplace()
    let whole = try await workplace.succeed("live", "check", "shop")
    let lines = whole.split(separator: "\n")
    #expect(lines.count == 3, "\(whole)")
    #expect(lines[0] == "shop: 1 version and 40 examples are whole")
    #expect(lines[1].hasPrefix("looked at: live.json; registry.sqlite, "))
    #expect(lines[1].hasSuffix("; 40 examples in 1 segment"))
    #expect(lines[2].hasPrefix("not looked at: the files in inbox/; "))
    let segment = "shop/examples/000000000000.segment"
    let bytes = try workplace.contents(segment)
    try bytes.dropLast(10 * (16 + 784)).write(to: URL(filePath: workplace.path(segment)))
    let check = try await workplace.net2net("live", "check", "shop")
    #expect(check.exitCode == 3)
    #expect(
      check.output.hasPrefix(
        "examples 30 to 39: \(segment) no longer holds what was written; they are left out from "
          + "now on\nlooked at: "), "\(check.output)")
  }

  @Test func foldersThatAreNoneOrNotEmptyAreTold() async throws {
    let workplace = try await workplace()
    for verb in ["status", "serve"] {
      let none = try await workplace.net2net("live", verb, "nowhere")
      #expect(none.exitCode == 1)
      #expect(
        none.sentence
          == "net2net: nowhere: is no folder of a live model, for it holds no live.json; `net2net "
          + "live init` makes one")
    }
    let twice = try await workplace.net2net(
      "live", "init", "shop", "--network", "net.onnx", "--data", "idx:stripes")
    #expect(
      twice.sentence == "net2net: shop: exists already and is not empty; give another name")
  }

  private struct Settings: Decodable {
    struct Learner: Decodable {
      struct Growth: Decodable { var trialLevel: Double }
      struct Budget: Decodable { var parameters: Int }
      var growth: Growth
      var budget: Budget
    }
    var learner: Learner
  }

  @Test func learnersSettingsComeFromAFile() async throws {
    let workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 30, test: 10)
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
    func start(_ learner: String) async throws -> Run {
      try workplace.write(learner, to: "learner.json")
      return try await workplace.net2net(
        "live", "init", "shop", "--network", "net.onnx", "--data", "idx:stripes", "--learner",
        "learner.json")
    }
    let misspelt = try await start(#"{"growth": {"triallevel": 0.9}}"#)
    #expect(misspelt.exitCode == 1)
    #expect(
      misspelt.sentence
        == #"net2net: learner.json: growth: unknown key "triallevel"; did you mean "trialLevel"?"#)
    #expect(!workplace.exists("shop"))
    let made = try await start(#"{"growth": {"trialLevel": 0.9}, "budget": {"parameters": 12000}}"#)
    #expect(made.exitCode == 0)
    let settings = try JSONDecoder()
      .decode(Settings.self, from: workplace.contents("shop/live.json"))
    #expect(settings.learner.growth.trialLevel == 0.9)
    #expect(settings.learner.budget.parameters == 12_000)
  }

  @Test func networkForOtherSamplesMakesNoModel() async throws {
    let workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 30, test: 10)
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--input", "5")
    let run = try await workplace.net2net(
      "live", "init", "shop", "--network", "net.onnx", "--data", "idx:stripes")
    #expect(run.exitCode == 1)
    #expect(
      run.sentence
        == "net2net: the network's input \"input\": float32(N, 784), for samples (1, 28, 28), "
        + "expected, float32(N, 5) found")
    #expect(!workplace.exists("shop"))
  }

  @Test func settingsOutOfTheirRangeAndTextsMakeNoModel() async throws {
    let workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 30, test: 10)
    try workplace.write(String(repeating: "abc ", count: 200), to: "a.txt")
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
    let share = try await workplace.net2net(
      "live", "init", "shop", "--network", "net.onnx", "--data", "idx:stripes", "--held-out", "0.9")
    #expect(share.sentence == "net2net: held-out share: 0.001 to 0.5 expected, 0.9 found")
    let text = try await workplace.net2net(
      "live", "init", "shop", "--network", "net.onnx", "--data", "text:a.txt")
    #expect(text.sentence == "net2net: a.txt: samples: samples of classes expected, a text found")
    #expect(!workplace.exists("shop"))
  }
}
