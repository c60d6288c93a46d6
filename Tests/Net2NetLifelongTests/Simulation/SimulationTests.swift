import Foundation
import Net2Net
import Net2NetTraining
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite struct SimulatedStreamTests {
  private func settings(_ scenario: SimulationSettings.Scenario, arrivals: Int)
    -> SimulationSettings
  {
    var settings = SimulationSettings()
    settings.scenario = scenario
    settings.arrivals = arrivals
    return settings
  }

  @Test func arrivalsGrowAndShareNothing() throws {
    let stream = try SimulatedStream(try patterns(training: 1000), settings(.size, arrivals: 4))
    #expect(stream.arrivals.map { $0.new.count + $0.heldOut.count } == [100, 200, 300, 400])
    let all = stream.arrivals.flatMap { $0.new + $0.heldOut }
    #expect(all.sorted() == Array(0..<1000))
    #expect((60...140).contains(stream.arrivals.reduce(0) { $0 + $1.heldOut.count }))
    #expect(stream.arrivals.allSatisfy { $0.classes == 8 })
    #expect(stream.tasks.flatMap(\.self).sorted() == Array(0..<200))
    #expect(stream.taskEnds == [0, 1, 2, 3])
  }

  @Test func classesComeInPairs() throws {
    let data = try patterns(training: 800)
    let stream = try SimulatedStream(data, settings(.classes, arrivals: 8))
    #expect(stream.arrivals.map(\.classes) == [2, 2, 4, 4, 6, 6, 8, 8])
    for (number, arrival) in stream.arrivals.enumerated() {
      #expect(Set(arrival.new.map { data.training.labels[$0] / 2 }) == [number / 2])
    }
    #expect(stream.taskEnds == [1, 3, 5, 7])
    #expect(stream.test(after: 2).allSatisfy { data.test.labels[$0] < 4 })
  }

  @Test func streamsThatCannotBeAreRefused() throws {
    let data = try patterns(training: 100)
    #expect(
      throws: LifelongError.option(
        "samples", expected: "160 or more for 4 arrivals", found: "100")
    ) { try SimulatedStream(data, settings(.size, arrivals: 4)) }
    #expect(
      throws: LifelongError.option(
        "arrivals", expected: "a multiple of 4, the pairs of classes", found: "6")
    ) { try SimulatedStream(data, settings(.classes, arrivals: 6)) }
  }
}

@Suite(.requiresTorch, .serialized) struct SimulationTests {
  private var settings: SimulationSettings {
    var settings = SimulationSettings()
    settings.arrivals = 3
    settings.smallFactor = 1.0 / 64
    settings.largeFactor = 1.0 / 8
    settings.threads = 1
    settings.learner = LearnerSettings()
    settings.learner.batchSize = 32
    settings.learner.growth?.patience = 1
    settings.learner.growth?.largestGap = 0.9
    settings.learner.growth?.threshold = 0.9
    settings.retraining.leastSteps = 60
    settings.retraining.batchSize = 32
    return settings
  }

  private func simulation(_ settings: SimulationSettings, _ folder: String) throws -> Simulation {
    try Simulation(
      try patterns(training: 1200), architecture: .mlp, settings: settings, folder: folder,
      producer: "test", machine: "test")
  }

  @Test func everyStrategyIsMeasuredAfterEveryArrival() throws {
    try withTemporaryFolder { folder in
      var simulation = try simulation(settings, folder)
      #expect(try simulation.run())
      let record = simulation.record
      for strategy in Strategy.allCases {
        let points = try #require(record.points[strategy])
        #expect(points.map(\.arrival) == [0, 1, 2])
        #expect(
          zip(points, points.dropFirst()).allSatisfy { $0.work.multiplyAdds < $1.work.multiplyAdds }
        )
        #expect(points.allSatisfy { $0.taskAccuracies.count == 3 })
      }
      func parameters(_ strategy: Strategy) -> [Int] {
        record.points[strategy]?.map(\.network.parameters) ?? []
      }
      #expect(Set(parameters(.small)) == [parameters(.growing)[0]])
      #expect(Set(parameters(.large)) == Set(parameters(.retrained)))
      let grown = try #require(record.points[.growing]).map(\.hasGrown)
      #expect(grown.contains(true))
      #expect(grown == record.points[.growing]?.map { $0.decision?.verdict == .grow })
      #expect(record.points[.large]?.contains(where: \.hasGrown) == false)
      let last = try #require(record.points[.retrained]?.last)
      #expect(last.accuracy > 0.9)
      // 4 epochs of what has arrived, or 60 steps, whatever is more.
      let cost = last.network.multiplyAdds
      let samples = record.examples.reduce(0) { $0 + max(60, 4 * $1 / 32) * 32 }
      #expect(last.work.multiplyAdds == 3 * cost * samples)
    }
  }

  @Test func growthByTrialIsRecorded() throws {
    try withTemporaryFolder { folder in
      var settings = settings
      settings.learner.growth?.trialLevel = 0.95
      settings.learner.leastSteps = 60
      settings.learner.firstSteps = 60
      var simulation = try simulation(settings, folder)
      #expect(try simulation.run([.growing]))
      let points = try #require(simulation.record.points[.growing])
      let byTrial = points.map { $0.events.contains { $0.hasPrefix("growing helps") } }
      #expect(byTrial.contains(true))
      #expect(points.map(\.hasGrown) == byTrial)
      #expect(points.allSatisfy { $0.decision?.verdict != .grow })
    }
  }

  @Test func endedAndTakenUpItGoesTheSameWay() throws {
    try withTemporaryFolder { folder in
      var whole = try simulation(settings, "\(folder)/whole")
      #expect(try whole.run([.growing]))
      let cancellation = Cancellation()
      var first = try simulation(settings, "\(folder)/parts")
      #expect(
        try !first.run([.growing], cancellation: cancellation) { _, _ in cancellation.cancel() })
      #expect(first.record.points[.growing]?.count == 1)
      var second = try simulation(settings, "\(folder)/parts")
      #expect(try second.run([.growing]))
      let (ours, others) = (whole.record.points[.growing], second.record.points[.growing])
      #expect(ours?.map(\.accuracy) == others?.map(\.accuracy))
      #expect(ours?.map(\.work.multiplyAdds) == others?.map(\.work.multiplyAdds))
      #expect(ours?.map(\.events) == others?.map(\.events))
      let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/parts").sorted()
      #expect(left == ["growing-3", "record.json"])
    }
  }

  @Test func otherSettingsAreNotGoneOnWith() throws {
    try withTemporaryFolder { folder in
      var first = try simulation(settings, folder)
      _ = try first.run([.small])
      var other = settings
      other.seed = 9
      #expect(throws: LifelongError.otherSimulation(folder: folder)) {
        _ = try simulation(other, folder)
      }
      #expect(
        "\(LifelongError.otherSimulation(folder: "sim"))"
          == "sim: holds a simulation with other settings or data, or of another version of "
          + "net2net; go on with those, or name another folder")
    }
  }

  @Test func recordsOfOtherVersionsAreNotGoneOnWith() throws {
    try withTemporaryFolder { folder in
      var first = try simulation(settings, folder)
      _ = try first.run([.small])
      let file = URL(fileURLWithPath: "\(folder)/record.json")
      let record = try String(contentsOf: file, encoding: .utf8)
      #expect(record.contains("hasGrown"))
      try record.replacing("hasGrown", with: "grew").write(
        to: file, atomically: true, encoding: .utf8)
      #expect(throws: LifelongError.otherSimulation(folder: folder)) {
        _ = try simulation(settings, folder)
      }
    }
  }

  @Test func classesThatAppearAreLearntAndTheOldOnesKept() throws {
    try withTemporaryFolder { folder in
      var settings = settings
      settings.scenario = .classes
      settings.arrivals = 4
      settings.smallFactor = 1.0 / 8
      var simulation = try simulation(settings, folder)
      #expect(try simulation.run([.large]))
      let points = try #require(simulation.record.points[.large])
      #expect(points[0].taskAccuracies.map { $0 == nil } == [false, true, true, true])
      #expect(points[1].events.contains { $0.hasPrefix("add 2 classes") })
      #expect(points[3].accuracy > 0.7)
      let transfer = try #require(simulation.record.matrix(.large).backwardTransfer)
      #expect(transfer > -0.3)
    }
  }
}
