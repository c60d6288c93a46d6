import Foundation
import Testing

@Suite struct UsageTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test func everyCommandHasHelpWithAnExample() async throws {
    for command in try await commands() {
      let help = try await workplace.succeed(command + ["--help"])
      #expect(help.contains("\n  net2net \(command.joined(separator: " "))"), "\(command)")
    }
  }

  @Test func everyCommandIsListed() async throws {
    for command in try await commands() {
      let help = try await workplace.succeed(command.dropLast() + ["--help"])
      #expect(help.contains("\n  \(command.last ?? "") "), "\(command)")
    }
  }

  @Test func commandsAreThoseOfTheParser() async throws {
    let commands = try await commands()
    #expect(commands.count >= 24)
    #expect(Set(commands).isSuperset(of: [["train"], ["live"], ["live", "serve"]]))
  }

  /// A command as the argument parser describes itself.
  private struct Command: Decodable {
    var commandName: String
    var subcommands: [Command]?

    /// Itself and what is below it, as words to type.
    func lines(after words: [String]) -> [[String]] {
      let line = words + [commandName]
      return [line] + (subcommands ?? []).flatMap { $0.lines(after: line) }
    }
  }

  private struct Description: Decodable { var command: Command }

  /// All commands and their subcommands, as words after `net2net`.
  private func commands() async throws -> [[String]] {
    let text = try await workplace.succeed("--experimental-dump-help")
    let description = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
    return (description.command.subcommands ?? []).flatMap { $0.lines(after: []) }
      .filter { $0.last != "help" }
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
