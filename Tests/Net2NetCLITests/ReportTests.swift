import Foundation
import TestSupport
import Testing

/// Pages are read by a parser that nobody here wrote.
@Suite(.requiresTorch) struct ReportTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 400, test: 100)
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.1")
    try workplace.write(
      """
      steps:
        - at: epoch 1
          growths: [{widen: {all: 2x}}]
      """, to: "plan.yml")
  }

  private struct Page: Decodable {
    struct Table: Decodable {
      var caption: String
      var rows: [[String]]
    }

    var unclosed: [String]
    var foreign: [String]
    var scripts: Int
    var headings: [String]
    var pictures: [String]
    var tables: [Table]
    var notices: [String]
    var sources: [String]

    func table(_ caption: String) throws -> Table {
      try #require(tables.first { $0.caption.hasPrefix(caption) }, "\(tables.map(\.caption))")
    }
  }

  private func page(_ file: String) async throws -> Page {
    let text = try await Python.run(oracle: "read_page.py", workplace.path(file))
    let page = try JSONDecoder().decode(Page.self, from: Data(text.utf8))
    #expect(page.unclosed.isEmpty && page.foreign.isEmpty && page.scripts == 0)
    return page
  }

  private func train(_ arguments: String...) async throws -> Run {
    try await workplace.net2net(
      [
        "train", "net.onnx", "--data", "idx:stripes", "-o", "run", "--threads", "1",
        "--batch-size", "20",
      ] + arguments)
  }

  @Test(.requiresPython) func reportOfARunThatGrewHasAllOfIt() async throws {
    let run = try await train("--epochs", "2", "--grow", "plan.yml")
    #expect(run.exitCode == 0, "\(run.errors)")
    let page = try await page("run/report.html")
    #expect(page.notices.isEmpty)
    #expect(
      page.headings.filter { !$0.hasPrefix("Run ") } == [
        "How it learned", "What was grown, and what it kept", "Growth 1, step 20",
        "Class by class", "The steps themselves", "How it was run",
      ])
    // Each of six charts is drawn for pages and for phones.
    let titles = page.pictures.map { $0.prefix { $0 != "." } }
    #expect(
      titles
        == [
          "Loss", "Test accuracy", "Learning rate", "Size, as a multiple of the first network's",
          "Throughput", "Norm of the gradient",
        ].flatMap { [$0, $0] })
    let growth = try page.table("Each growth").rows[1]
    #expect(growth[0...2] == ["1", "20", "1.0"] && growth[5] == "exact")
    let classes = try page.table("Share of each class's")
    #expect(
      classes.rows[0] == [
        "class", "targets", "step 0", "before growth 1", "now", "most often taken for",
      ])
    #expect(classes.rows.count == 11 && classes.rows[1][1] == "10")
    #expect(try page.table("What the targets").rows.count == 11)
    #expect(
      page.sources.contains {
        $0.hasPrefix("net2net train net.onnx --data idx:stripes -o run --threads 1")
      })
    #expect(page.sources.contains { $0.contains("widen:") })
    #expect(page.sources.contains { $0.contains("\"maxRelativeDifference\"") })
  }

  @Test(.requiresPython) func reportIsWrittenWhenARunIsInterrupted() async throws {
    let cut = try await workplace.net2net(
      [
        "train", "net.onnx", "--data", "idx:stripes", "-o", "run", "--threads", "1", "--epochs",
        "500", "--batch-size", "20",
      ], interruptedOnceExists: "run/checkpoints/step-000000020")
    #expect(cut.exitCode == 130)
    #expect(try await page("run/report.html").headings.contains("How it learned"))
  }

  @Test(.requiresPython) func lineCutOffByAKillIsToldOnThePageAndTheTerminal() async throws {
    #expect(try await train("--steps", "30").exitCode == 0)
    let text = String(decoding: try workplace.contents("run/metrics.jsonl"), as: UTF8.self)
    var lines = text.split(separator: "\n").map(String.init)
    lines[2] = "nonsense"
    try workplace.write(
      lines.joined(separator: "\n").dropLast(4).description, to: "run/metrics.jsonl")
    let run = try await workplace.net2net("report", "run", "-o", "page.html")
    #expect(run.exitCode == 0)
    let notices = [
      "metrics.jsonl ends within a line, as when a run is killed; that line is left out",
      "metrics.jsonl: line 3 cannot be read and is left out",
    ]
    #expect(run.errors == notices.map { "run: \($0)\n" }.joined())
    #expect(run.output.hasPrefix("page.html: 30 steps, growths: 0, accuracy "))
    #expect(try await page("page.html").notices == notices)
    let again = try await workplace.net2net("report", "run", "-o", "page.html")
    #expect(again.exitCode == 1)
    #expect(
      again.sentence
        == "net2net: page.html: exists already; give another name, or --force to overwrite it")
  }

  @Test(.requiresPython) func growthWithoutItsReceiptIsTold() async throws {
    #expect(try await train("--epochs", "2", "--grow", "plan.yml").exitCode == 0)
    try FileManager.default.removeItem(atPath: workplace.path("run/growth-1.receipt.json"))
    try await workplace.succeed("report", "run")
    let page = try await page("run/report.html")
    #expect(page.notices == ["growth-1.receipt.json cannot be read; growth 1 has no card"])
    #expect(try page.table("Each growth").rows.count == 2)
  }

  @Test func folderThatIsNoRunIsRefused() async throws {
    for folder in ["stripes", "nowhere"] {
      let run = try await workplace.net2net("report", folder)
      #expect(run.exitCode == 1)
      #expect(
        run.errors
          == "net2net: \(folder): is not a run directory: run.json is missing; name one that "
          + "`net2net train -o` made\n")
    }
  }

  @Test(.requiresPython) func runWithoutALineIsAPageThatSaysSo() async throws {
    #expect(try await train("--steps", "1").exitCode == 0)
    try FileManager.default.removeItem(atPath: workplace.path("run/metrics.jsonl"))
    try await workplace.succeed("report", "run")
    #expect(try await page("run/report.html").notices == ["nothing has been logged yet"])
  }

  @Test func reportThatCannotBeWrittenDoesNotTakeTheRunAlong() async throws {
    #expect(try await train("--steps", "1").exitCode == 0)
    try FileManager.default.removeItem(atPath: workplace.path("run/report.html"))
    try FileManager.default.createDirectory(
      atPath: workplace.path("run/report.html"), withIntermediateDirectories: false)
    let run = try await workplace.net2net("train", "--resume", "run", "--steps", "2")
    #expect(run.exitCode == 0)
    #expect(
      run.errors.contains(
        "left out: the report: run/report.html: cannot be written: it is a directory\n"),
      "\(run.errors)")
  }
}
