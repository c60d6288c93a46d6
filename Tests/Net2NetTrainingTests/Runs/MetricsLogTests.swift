import Foundation
import Testing

@testable import Net2NetTraining

struct MetricsLogTests {
  static func metrics(_ kind: Metrics.Kind, _ step: Int) -> Metrics {
    Metrics(kind: kind, step: step, images: 0, epoch: 0, loss: 0.5, seconds: 0)
  }

  @Test func lineIsInTheFileAtOnceAndPlainJSON() throws {
    try withTemporaryFolder { folder in
      let log = try MetricsLog(folder + "/metrics.jsonl", from: 0)
      var metrics = Self.metrics(.evaluation, 3)
      metrics.accuracy = 0.25
      try log.append(metrics)
      let text = try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8)
      #expect(
        text == #"{"accuracy":0.25,"epoch":0,"images":0,"kind":"evaluation","loss":0.5,"#
          + #""seconds":0,"step":3}"# + "\n")
    }
  }

  @Test func runTakenUpAgainWritesNothingTwice() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let first = try MetricsLog(path, from: 0)
      for step in 0...3 {
        try first.append(Self.metrics(.training, step))
        try first.append(Self.metrics(.evaluation, step))
      }
      let second = try MetricsLog(path, from: 2)
      try second.append(Self.metrics(.evaluation, 2))
      let log = try MetricsLog.read(path)
      #expect(log.filter { $0.kind == .training }.map(\.step) == [0, 1, 2])
      #expect(log.filter { $0.kind == .evaluation }.map(\.step) == [0, 1, 2])
    }
  }

  @Test func lineCutOffByACrashIsLeftOut() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      try MetricsLog(path, from: 0).append(Self.metrics(.training, 1))
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.seekToEnd()
      try file.write(contentsOf: Data(#"{"epoch":0,"im"#.utf8))
      try file.close()
      #expect(try MetricsLog.read(path).map(\.step) == [1])
      try MetricsLog(path, from: 1).append(Self.metrics(.training, 2))
      #expect(try MetricsLog.read(path).map(\.step) == [1, 2])
    }
  }
}
