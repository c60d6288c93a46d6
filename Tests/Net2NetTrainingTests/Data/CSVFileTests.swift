import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

struct CSVFileTests {
  private func sentence(_ text: String, _ options: String = "") throws -> String? {
    try withTemporaryFolder { folder in
      try write(Array(text.utf8), to: "\(folder)/t.csv")
      return TestSupport.sentence(without: folder) {
        _ = try DataSpecification(
          ["csv:\(folder)/t.csv", options].filter { !$0.isEmpty }.joined(separator: ":")
        ).load()
      }
    }
  }

  private func load(_ bytes: [UInt8], _ options: String = "") throws -> DataSet {
    try withTemporaryFolder { folder in
      try write(bytes, to: "\(folder)/t.csv")
      return try DataSpecification(
        ["csv:\(folder)/t.csv", options].filter { !$0.isEmpty }.joined(separator: ":")
      ).load()
    }
  }

  /// Samples as the networks are shown them, and labels.
  private func rows(_ split: DataSplit) throws -> [(features: [Double], label: Int)] {
    let batch = try BatchLoader(split, batchSize: split.count, order: .sequential).batches()
      .all()[0]
    let size = split.sampleShape.elementCount
    let values = batch.inputs.doubles()
    return batch.targets.doubles().enumerated().map {
      (Array(values[$0 * size..<($0 + 1) * size]), Int($1))
    }
  }

  /// Forty rows of a number and a colour, of which those with even numbers are "even".
  static let table =
    "size,colour,kind\n"
    + (0..<40).map { "\($0),\(["red", "green", "blue"][$0 % 3]),\($0 % 2 == 0 ? "even" : "odd")\n" }
    .joined()

  @Test func numbersAreStandardisedAndNamesAreOnesInTheirPlaces() throws {
    let data = try load(Array(Self.table.utf8))
    #expect(data.classes == ["even", "odd"])
    #expect(data.sampleShape == [4])
    #expect(data.training.count + data.test.count == 40)
    #expect((2...16).contains(data.test.count))
    let training = try rows(data.training)
    // Mean 0 and mean square 1, of float32 features.
    let sizes = training.map { $0.features[0] }
    #expect(abs(sizes.reduce(0, +) / Double(sizes.count)) < 1e-6)
    #expect(abs(sizes.reduce(0) { $0 + $1 * $1 } / Double(sizes.count) - 1) < 1e-6)
    // Colours in the order of their names: blue, green, red; sizes in the order of the file.
    let all = try training + rows(data.test)
    let sorted = all.sorted { $0.features[0] < $1.features[0] }
    for (index, row) in sorted.enumerated() {
      let expected = [[0.0, 0, 1], [0, 1, 0], [1, 0, 0]][index % 3]
      #expect(Array(row.features.dropFirst()) == expected)
      #expect(row.label == index % 2)
    }
  }

  @Test func columnsAreChosenByTheSpecification() throws {
    let data = try load(Array(Self.table.utf8), "label=colour,ignore=kind,categorical=size")
    #expect(data.classes == ["blue", "green", "red"])
    // A one for each size among the rows to learn from; those held out have none.
    #expect(data.sampleShape == [data.training.count])
    #expect(try rows(data.test).allSatisfy { $0.features.allSatisfy { $0 == 0 } })
    #expect(try rows(data.training).allSatisfy { $0.features.reduce(0, +) == 1 })
  }

  @Test func quotesMarksLineEndsAndDelimitersAreUnderstood() throws {
    var text = "\u{FEFF}a;\"b;\"\"c\"\"\";class\r\n"
    for row in 0..<20 {
      text += "\(row);\"two\nlines, one; cell\";\(row % 2 == 0 ? 10 : 9)\r\n"
    }
    let data = try load(Array(text.dropLast().utf8), "delimiter=semicolon")
    // Whole numbers are in the order of their size.
    #expect(data.classes == ["9", "10"])
    #expect(data.sampleShape == [2])
    #expect(data.preparation.contains("b;\"c\": one of two\nlines, one; cell"))
    #expect(data.training.count + data.test.count == 20)
    let plain = try load(
      Array((0..<20).map { "\($0),x,\($0 % 2)" }.joined(separator: "\n").utf8), "header=no,label=3")
    #expect(plain.training.count + plain.test.count == 20)
  }

  static let bad: [(String, String, String)] = [
    (table + "1,red\n", "", "row 42: 3 cells, as in row 1, expected, 2 found"),
    (
      table + "big,red,odd\n", "",
      "row 42, column \"size\": a number, as in the rows before, expected, \"big\" found"
    ),
    (
      table + "nan,red,odd\n", "",
      "row 42, column \"size\": a number, as in the rows before, expected, \"nan\" found"
    ),
    (table + "1,,odd\n", "", "row 42, column \"colour\": a value expected, an empty cell found"),
    (table + "1,red,\n", "", "row 42, column \"kind\": a class expected, an empty cell found"),
    (table + "1,red,", "", "row 42, column \"kind\": a class expected, an empty cell found"),
    (
      table + "1,\"red,odd\n", "",
      "row 42: a closing quote expected, the end of the file found"
    ),
    (
      table + "1,\"red\"x,odd\n", "",
      "row 42: cells, quoted whole or not at all, expected, more behind a closing quote found"
    ),
    (
      table + "1,r\"ed\",odd\n", "",
      "row 42: cells, quoted whole or not at all, expected, a quote within a cell found"
    ),
    (
      table + String(repeating: "1", count: 16 << 20) + "1", "",
      "row 42: 16777216 bytes or fewer expected, more found"
    ),
    (
      table + "\"" + String(repeating: "1", count: 16 << 20) + "\n", "",
      "row 42: 16777216 bytes or fewer expected, more found"
    ),
    ("a,a,b\n1,2,3\n", "", "row 1: columns of different names expected, \"a\" twice found"),
    (
      "a\n1\n", "",
      "columns: a label and at least one to look at (delimiter= may be semicolon, tab or pipe) "
        + "expected, a found"
    ),
    (
      table, "label=colur",
      "columns: one called \"colur\" (did you mean \"colour\"?) expected, size, colour, kind found"
    ),
    ("a,b\n", "", "rows: some to learn from and some to be measured by expected, 0 and 0 found"),
    ("", "", "rows: some to learn from and some to be measured by expected, 0 and 0 found"),
  ]

  @Test("what is wrong is named by row and column", arguments: bad)
  func refusal(_ text: String, _ options: String, _ expected: String) throws {
    #expect(try sentence(text, options) == "t.csv: " + expected)
  }

  @Test func bytesThatAreNoTextAreNamedByRow() throws {
    try withTemporaryFolder { folder in
      try write(Array(Self.table.utf8) + [0x31, 0x2C, 0xFF, 0xFE, 0x0A], to: "\(folder)/t.csv")
      #expect(
        TestSupport.sentence(without: folder) {
          _ = try DataSpecification("csv:\(folder)/t.csv").load()
        } == "t.csv: row 42: UTF-8 expected, other bytes found")
    }
  }

  @Test func badRowsAreLeftOutOnRequestAndCounted() throws {
    let text = Self.table + "1,red\nbig,red,odd\n,,\n"
    let data = try load(Array(text.utf8), "on-bad=skip")
    #expect(data.training.count + data.test.count == 40)
    #expect(data.remarks == ["\(data.name): rows left out, unlike the others: 3"])
  }

  @Test func classWithoutRowsToLearnFromIsNamed() throws {
    // Whether a row is held out is drawn by its number, so one of 40 rows of a class of its own is.
    var found: [String] = []
    for row in 0..<40 {
      let text =
        "a,kind\n" + (0..<40).map { "\($0),\($0 == row ? "rare" : "common")\n" }.joined()
      if let sentence = try sentence(text) { found.append(sentence) }
    }
    #expect((2...16).contains(found.count))
    #expect(
      Set(found.map { $0.drop { $0 != "\"" } }.map(String.init)) == [
        "\"rare\": at least one sample to learn from expected, none found"
      ])
  }

  @Test func everyLineEndEndsARowAndBlanksAroundQuotesAreNoPartOfACell() throws {
    for end in ["\n", "\r\n", "\r"] {
      let lines = (0..<20).map { "\($0), \"a \"\"b\"\" c\"\t,\($0 % 2 == 0 ? " even " : "odd")" }
      let data = try load(Array((["n,text,kind"] + lines).joined(separator: end).utf8))
      #expect(data.training.count + data.test.count == 20)
      #expect(data.classes == ["even", "odd"])
      #expect(data.preparation.contains("text: one of a \"b\" c"))
    }
    // Quotes that begin or end a cell, and one that is nothing else.
    let text = "a,kind\n" + (0..<20).map { "\"\"\"\($0 % 2)\"\"\",\"\"\"\"\n" }.joined()
    let data = try load(Array(text.utf8))
    #expect(data.classes == ["\""])
    #expect(data.preparation.contains("a: one of \"0\"|\"1\""))
  }

  @Test func emptyLinesAreCountedAndAreNoRows() throws {
    let text = "a,kind\n" + (0..<20).map { "\($0),x\n\n" }.joined() + " \n"
    let data = try load(Array(text.utf8))
    #expect(data.training.count + data.test.count == 20)
    #expect(try sentence(text + "1\n") == "t.csv: row 43: 2 cells, as in row 1, expected, 1 found")
  }

  @Test func manyRowsAreAllRead() throws {
    var text = "a,kind\n"
    for row in 0..<60_000 { text += "\(row),\"\(row % 2 == 0 ? "even" : "o\ndd")\"\n" }
    let data = try load(Array(text.utf8))
    #expect(data.training.count + data.test.count == 60_000)
    #expect(data.classes == ["even", "o\ndd"])
    let labels = data.training.labels.count { $0 == 0 } + data.test.labels.count { $0 == 0 }
    #expect(labels == 30_000)
  }
}
