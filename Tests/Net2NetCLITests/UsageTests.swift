import Testing

@Suite struct UsageTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  static let commands = [
    "demo", "new", "inspect", "train", "report", "evaluate", "widen", "deepen", "grow", "verify",
    "doctor", "compare", "advise", "run", "export",
  ]

  @Test(arguments: commands)
  func everyCommandHasHelpWithAnExample(command: String) async throws {
    let help = try await workplace.succeed(command, "--help")
    #expect(help.contains("\n  net2net \(command)"))
  }

  @Test(arguments: commands)
  func everyCommandIsListed(command: String) async throws {
    #expect(try await workplace.succeed("--help").contains("\n  \(command) "))
  }

  @Test func versionIsPrinted() async throws {
    #expect(try await workplace.succeed("--version") == "0.1.0\n")
  }

  @Test func unknownCommandEndsWithTwo() async throws {
    let run = try await workplace.net2net("inspekt")
    #expect(run.exitCode == 2)
    #expect(run.sentence == "net2net: Unexpected argument 'inspekt'")
  }

  @Test func doctorNamesEverythingItLookedAt() async throws {
    let run = try await workplace.net2net("doctor")
    for subject in ["net2net", "machine", "libtorch", "fashion-mnist"] {
      #expect(run.output.contains(" \(subject) "))
    }
    #expect(run.exitCode == (run.output.contains("✗") ? 1 : 0))
  }
}
