import Foundation

/// Tests of claimed operators that fail, each with the reason: `expected-failures.txt`, a line
/// `name: reason` each. The list is strict: a test on it that passes is an error too.
struct ExpectedFailures {
  let reasons: [String: String]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "expected-failures.txt")
    var reasons: [String: String] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    where !line.hasPrefix("#") {
      let parts = line.split(separator: ": ", maxSplits: 1)
      guard parts.count == 2 else { throw Malformed(line: String(line)) }
      guard reasons.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
        throw Malformed(line: String(line))
      }
    }
    self.reasons = reasons
  }

  struct Malformed: Error {
    let line: String
  }
}
