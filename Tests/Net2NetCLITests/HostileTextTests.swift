import Foundation
import TestSupport
import Testing

/// Names come from files that anybody may have written: what shows them stays whole.
@Suite(.requiresTorch) struct HostileTextTests {
  let workplace: Workplace

  /// Each is one Swift character at its ends, or steers a terminal.
  static let names = [
    "\u{600}<script>alert(1)</script>", "<\u{301}script>", "\"\u{301} onmouseover=\"x",
    "&\u{200D}lt;",
    "a\u{600}\"><svg onload=x>",
    "\u{1B}]0;title\u{7}", "\u{9B}31m", "one\u{202E}two\u{2066}",
    "three\u{2028}four", "| cell | `code`", "'\u{301}; touch x; '", "=1+1", "\u{D4E}</style>",
  ]

  init() throws {
    workplace = try Workplace()
    func quoted(_ name: String) -> String {
      "\"" + name.unicodeScalars.map { $0 == "\"" ? "\"\"" : String(Character($0)) }.joined() + "\""
    }
    let rows = (0..<156).map { row in
      "\(row % 13),\(row % 7),\(quoted(Self.names[row % Self.names.count]))\n"
    }
    try workplace.write("a,b,kind\n" + rows.joined(), to: "names.csv")
  }

  /// Whatever a terminal would carry out but the ends of lines.
  private func instructions(in text: String) -> [Unicode.Scalar] {
    text.unicodeScalars.filter {
      let category = $0.properties.generalCategory
      return category == .control && $0 != "\n" && $0 != "\t" || category == .lineSeparator
        || $0.properties.isBidiControl
    }
  }

  private func scan(_ page: String) -> (isWhole: Bool, tags: Set<String>) {
    // By bytes: each < that is not an escape begins a tag of ours.
    var tags: Set<String> = []
    for piece in page.utf8.split(separator: UInt8(ascii: "<")).dropFirst() {
      let name = piece.prefix {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "/")
          || $0 == UInt8(ascii: "!")
      }
      tags.insert(String(decoding: name, as: UTF8.self))
    }
    return (instructions(in: page).isEmpty, tags)
  }

  @Test func namesOfClassesStayNamesInAllThatIsPrintedAndWritten() async throws {
    let data = "csv:names.csv:label=kind"
    var told = try await workplace.succeed(
      "new", "mlp", "-o", "net.onnx", "--data", data, "--width-factor", "0.05")
    let train = try await workplace.net2net(
      "train", "net.onnx", "--data", data, "--steps", "4", "--batch-size", "16", "-o", "run")
    #expect(train.exitCode == 0, "\(train.errors)")
    told += train.output + train.errors
    told += try await workplace.succeed("evaluate", "net.onnx", "--data", data)
    told += try await workplace.succeed("evaluate", "net.onnx", "--data", data, "--json")
    let refused = try await workplace.net2net(
      "live", "init", "shop", "--network", "net.onnx", "--data", data)
    #expect(refused.errors.contains("private or unassigned characters expected"))
    told += refused.errors
    #expect(instructions(in: told).isEmpty)

    let page = scan(String(decoding: try workplace.contents("run/report.html"), as: UTF8.self))
    #expect(page.isWhole)
    #expect(page.tags.isDisjoint(with: ["script", "/script", "/style>"]))
    #expect(!page.tags.contains(""))
    for file in ["run/run.json", "run/metrics.jsonl"] {
      #expect(
        instructions(in: String(decoding: try workplace.contents(file), as: UTF8.self)).isEmpty)
    }
  }

  @Test(.requiresPython) func browsersFindNoScriptOnTheReport() async throws {
    let data = "csv:names.csv:label=kind"
    try await workplace.succeed(
      "new", "mlp", "-o", "net.onnx", "--data", data, "--width-factor", "0.05")
    try await workplace.succeed(
      "train", "net.onnx", "--data", data, "--steps", "4", "--batch-size", "16", "-o", "run")
    let text = try await Python.run(oracle: "read_page.py", workplace.path("run/report.html"))
    let found = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(found?["scripts"] as? Int == 0)
    #expect((found?["unclosed"] as? [String])?.isEmpty == true)
  }

  @Test func namesOfNetworksStayNamesOnTheTerminal() async throws {
    let name = "\u{1B}]0;x\u{7}\u{202E}"
    let run = try await workplace.net2net("inspect", name + ".onnx")
    #expect(run.exitCode == 1)
    #expect(
      run.errors == "net2net: \\u001b]0;x\\u0007\\u202e.onnx: there is no such file\n")
  }

  @Test func nameOfAComparisonStaysANameInItsTable() async throws {
    try Stripes.write(to: workplace.path("stripes"), training: 64, test: 16)
    let plan = """
      name: "a | `b` \\u0600<script> \\u202e\\n# c"
      seeds: [1]
      data: {training: 60, validation: 20}
      teacher:
        architecture: mlp
        widthFactor: 0.03125
        training: {steps: 2, learningRate: 0.05}
      student:
        - growths: [{widen: {all: 2x}}]
      training: {batchSize: 20, evaluations: 1}
      budgets: [2]
      grid: {learningRate: [0.02]}
      arms: [student, scratch]
      """
    try workplace.write(plan, to: "plan.yml")
    try await workplace.succeed("compare", "plan.yml", "--data", "idx:stripes", "-o", "out")
    let table = String(decoding: try workplace.contents("out/table.md"), as: UTF8.self)
    let heading = table.unicodeScalars.prefix { $0 != "\n" }
    #expect(
      String(String.UnicodeScalarView(heading)).unicodeScalars.elementsEqual(
        "# a \\| \\`b\\` \u{600}&lt;script&gt; \\\\u202e\\\\u000a\\# c".unicodeScalars))
    let page = scan(String(decoding: try workplace.contents("out/report.html"), as: UTF8.self))
    #expect(page.isWhole && !page.tags.contains("script"))
  }

  /// The quote and the mark after it are one Swift character.
  @Test func typedCommandIsTypedAgainWithNothingElseRun() async throws {
    try Stripes.write(to: workplace.path("stripes"), training: 64, test: 16)
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
    let folder = "it'\u{301}; touch x; '"
    try await workplace.succeed(
      "train", "net.onnx", "--data", "idx:stripes", "--steps", "2", "-o", folder)
    let page = String(
      decoding: try workplace.contents("\(folder)/report.html"), as: UTF8.self)
    #expect(
      page.utf8.firstRange(of: "-o 'it'\\''\u{301}; touch x; '\\'''".utf8) != nil)
  }
}
