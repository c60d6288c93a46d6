import Foundation
import Net2Net
import Net2NetTraining
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite(.requiresTorch) struct InboxTests {
  /// Rows of two numbers and a colour; the class is in the middle.
  private static let table = """
    width,kind,colour,height
    1,small,red,10
    3,large,blue,30
    1,small,red,20
    3,large,green,20

    """

  /// A live model whose first data was ``table``.
  private func withTableModel(_ body: (LiveModel, LiveFolder) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let file = "\(folder)/first.csv"
      try Data(Self.table.utf8).write(to: URL(filePath: file))
      let data = try DataSpecification("csv:\(file):label=kind")
      let settings = try LiveSettings(model: "table", like: data)
      // Width, height, and three colours.
      #expect(settings.sample.shape == [5])
      #expect(settings.classes == ["large", "small"])
      var builder = NetworkBuilder(name: "table", seed: 0)
      let input = builder.input([5])
      let network = try builder.network(output: try builder.dense(input, features: 2))
      let model = try LiveModel.create(
        folder + "/live", settings, network: network, source: "table.onnx")
      #expect(try model.folder.settings() == settings)
      try body(model, model.folder)
    }
  }

  private func drop(_ text: String, as name: String, in folder: LiveFolder) throws {
    let file = URL(filePath: "\(folder.inboxFolder)/\(name)")
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: file.path)
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func numbers(_ store: ExampleStore, _ number: Int) throws -> [Float] {
    try store.example(number).sample.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  @Test func tableIsPreparedAsTheFirstWasNotByWhatItIsItself() throws {
    try withTableModel { model, folder in
      let inbox = Inbox(model)
      // Other columns' order, one row, an unknown colour, and a class that is new.
      try drop("height,colour,kind,width\n30,violet,huge,5\n", as: "new.csv", in: folder)
      #expect(try inbox.takeSettledFiles() == [])
      let reports = try inbox.takeSettledFiles()
      #expect(reports.map(\.examples) == [1])
      #expect(reports.map(\.file) == ["new.csv"])
      // Widths 1 3 1 3 have mean 2 and deviation 1, heights 10 30 20 20 mean 20 and deviation √50.
      let found = try numbers(model.examples, 0)
      #expect(found.count == 5)
      #expect(abs(found[0] - 3) < 1e-6)
      #expect(Array(found[1...3]) == [0, 0, 0])
      #expect(abs(found[4] - 10 / 50.0.squareRoot().asFloat) < 1e-6)
      #expect(model.examples.classes == ["large", "small", "huge"])
      #expect(try model.examples.example(0).label == 2)
      #expect(try files(folder.doneFolder) == ["new.csv"])
      let event = try model.registry.events(kinds: [.fileTaken]).first
      #expect(event?.detail == ["file": "new.csv", "examples": 1])
    }
  }

  @Test func fileThatChangesIsLeftAlone() throws {
    try withTableModel { model, folder in
      let inbox = Inbox(model)
      try drop(Self.table, as: "growing.csv", in: folder)
      #expect(try inbox.takeSettledFiles() == [])
      try drop(Self.table + "1,small,red,10\n", as: "growing.csv", in: folder)
      #expect(try inbox.takeSettledFiles() == [])
      #expect(try inbox.takeSettledFiles().map(\.examples) == [5])
    }
  }

  @Test func freshUnfinishedAndHiddenFilesWait() throws {
    try withTableModel { model, folder in
      let inbox = Inbox(model)
      try drop(Self.table, as: "slow.csv.part", in: folder)
      try drop(Self.table, as: ".hidden.csv", in: folder)
      try Data(Self.table.utf8).write(to: URL(filePath: "\(folder.inboxFolder)/fresh.csv"))
      _ = try inbox.takeSettledFiles()
      #expect(try inbox.takeSettledFiles() == [])
      #expect(try files(folder.inboxFolder).count == 5)
    }
  }

  @Test(arguments: [
    (
      "bad.csv", "width,kind,colour,height\n1,small,red\n",
      "bad.csv: row 2: 4 cells, as in row 1, expected, 3 found"
    ),
    (
      "columns.csv", "width,kind,height\n1,small,10\n",
      "csv:columns.csv:label=kind: columns: one called \"colour\" expected, width, height found"
    ),
    (
      "words.csv", "width,kind,colour,height\nwide,small,red,10\n",
      "csv:words.csv:label=kind: column \"width\": numbers expected, \"wide\" found"
    ),
    (
      "codes.csv", "width,kind,colour,height\n1,small,3,10\n",
      "csv:codes.csv:label=kind: column \"colour\": categories (categorical=colour) expected, "
        + "numbers found"
    ),
    ("notes.txt", "hello", "a file .csv or .npz expected"),
    ("broken.npz", "no archive", "broken.npz: the archive: a ZIP archive expected, not one found"),
  ])
  func fileThatCannotBeTakenIsMovedAsideWithTheReason(
    name: String, text: String, reason: String
  ) throws {
    try withTableModel { model, folder in
      let inbox = Inbox(model)
      try drop(text, as: name, in: folder)
      _ = try inbox.takeSettledFiles()
      let report = try #require(try inbox.takeSettledFiles().first)
      #expect(report.reason == reason || name == "broken.npz" && report.reason != nil)
      #expect(report.examples == nil)
      #expect(try files(folder.failedFolder) == [name, name + ".txt"])
      let told = try String(contentsOfFile: "\(folder.failedFolder)/\(name).txt", encoding: .utf8)
      #expect(told == (report.reason ?? "") + "\n")
      #expect(model.examples.count == 0)
      #expect(try model.registry.events(kinds: [.fileRefused]).count == 1)
    }
  }

  /// The file is looked through before anything of it is stored.
  @Test(arguments: [
    (
      "width,kind,colour,height\n1,tiny,red,10\n1,\u{1B}[2J,red,10\n",
      "class \"\\u001b[2J\": no control, format, private or unassigned characters expected, U+001B "
        + "found; give the class another name"
    ),
    (
      "width,kind,colour,height\n" + String(repeating: "1,tiny,red,10\n", count: 1500)
        + "1e39,tiny,red,10\n", "example 1500, number 0: a finite number expected, another found"
    ),
  ])
  func refusedFileLeavesNeitherExamplesNorClasses(_ table: String, _ reason: String) throws {
    try withTableModel { model, folder in
      let inbox = Inbox(model)
      try drop(table, as: "bad.csv", in: folder)
      _ = try inbox.takeSettledFiles()
      let report = try #require(try inbox.takeSettledFiles().first)
      #expect(report.reason == reason)
      #expect(model.examples.count == 0)
      #expect(model.examples.classes == ["large", "small"])
    }
  }

  @Test func filesOfOneNameAreKeptSideBySide() throws {
    try withTableModel { model, folder in
      let inbox = Inbox(model)
      for _ in 0..<2 {
        try drop(Self.table, as: "day.csv", in: folder)
        _ = try inbox.takeSettledFiles()
        _ = try inbox.takeSettledFiles()
      }
      #expect(try files(folder.doneFolder) == ["2-day.csv", "day.csv"])
      #expect(model.examples.count == 8)
    }
  }

  @Test func imagesOfAnArchiveAreStoredAsTheirPixels() async throws {
    try await withTemporaryFolder { folder in
      let file = "\(folder)/images.npz"
      guard Python.isAvailable else { return }
      _ = try await Python.run(
        """
        import numpy, sys
        pixels = (numpy.arange(48) * 5).astype("uint8").reshape(4, 3, 4)
        numpy.savez(sys.argv[1], x=pixels, y=numpy.array([0, 1, 0, 1]))
        """, file)
      let data = try DataSpecification("npz:\(file)")
      let settings = try LiveSettings(model: "images", like: data)
      #expect(settings.sample.storage == .uint8)
      #expect(settings.sample.shape == [1, 3, 4])
      var builder = NetworkBuilder(name: "images", seed: 0)
      let input = builder.input([1, 3, 4])
      let model = try LiveModel.create(
        folder + "/live", settings,
        network: try builder.network(
          output: try builder.dense(try builder.flatten(input), features: 2)), source: "images")
      #expect(try model.examples.append(contentsOf: data) == 4)
      for number in 0..<4 {
        let expected = (0..<12).map { UInt8(5 * (12 * number + $0)) }
        #expect(try model.examples.example(number).sample == expected)
        #expect(try model.examples.example(number).label == number % 2)
      }
    }
  }
}

extension Double {
  fileprivate var asFloat: Float { Float(self) }
}
