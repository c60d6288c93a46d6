import Foundation
import TestSupport
import Testing

@Suite(.requiresTorch) struct DemoTests {
  let workplace: Workplace

  init() throws {
    workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 256, test: 50)
  }

  @Test func demoTellsItsStoryAndWritesAPageThatNeedsNothingElse() async throws {
    let output = try await workplace.succeed(
      "demo", "--data", "idx:stripes", "--epochs", "1", "--teacher-epochs", "1",
      "--threads", "1")
    for network in [
      "teacher ", "widened student ", "deepened student ", "wide, from scratch ",
      "wide, random pad ", "teacher, trained on ",
    ] {
      #expect(output.contains("\n\(network)"))
    }
    for file in ["widened.onnx", "widened.receipt.json", "teacher/network.onnx", "record.json"] {
      #expect(workplace.exists("demo/\(file)"))
    }
    // Each run can be watched and looked at as one of `train` can.
    let networks = try FileManager.default.contentsOfDirectory(atPath: workplace.path("demo"))
      .filter { workplace.exists("demo/\($0)/network.onnx") }
    #expect(networks.count == 6)
    for network in networks {
      let events = try FileManager.default.contentsOfDirectory(
        atPath: workplace.path("demo/\(network)/tensorboard"))
      #expect(events.count == 1 && events[0].hasPrefix("events.out.tfevents."), "\(network)")
      #expect(workplace.exists("demo/\(network)/report.html"), "\(network)")
    }
    let page = String(decoding: try workplace.contents("demo/report.html"), as: UTF8.self)
    #expect(page.hasPrefix("<!doctype html>"))
    // Two charts, each drawn for pages and for phones.
    #expect(page.components(separatedBy: "role=\"img\"").count == 5)
    #expect(!page.contains("src=") && !page.contains("href=") && !page.contains("url("))
    #expect(page.contains("antithetic"))
    try await workplace.succeed("verify", "demo/teacher/network.onnx", "demo/widened.onnx")
  }

  @Test func existingReportIsRefusedBeforeAnyTraining() async throws {
    try FileManager.default.createDirectory(
      atPath: workplace.path("demo"), withIntermediateDirectories: true)
    try workplace.write("precious", to: "demo/report.html")
    let run = try await workplace.net2net("demo", "--data", "idx:stripes")
    #expect(run.exitCode == 1)
    #expect(
      run.errors
        == "net2net: demo/report.html: exists already; give another name, or --force to "
        + "overwrite it\n")
  }
}
