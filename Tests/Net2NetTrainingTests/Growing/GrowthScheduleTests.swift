import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

@Suite("Schedules of growth")
struct GrowthScheduleTests {
  private static func decoded(_ json: String) throws -> GrowthSchedule {
    try JSONDecoder().decode(GrowthSchedule.self, from: Data(json.utf8))
  }

  @Test("everything that can be said reads back as it was written")
  func roundTrip() throws {
    let schedule = GrowthSchedule(
      seed: 3,
      steps: [
        ScheduledGrowth(
          .at(.epoch(1.5)), growths: [.widen(Widen(all: 2))], learningRate: .rewarm(steps: 20),
          state: StateGrowth(carriesState: false, relaxation: .never)),
        ScheduledGrowth(
          .plateau(Plateau(of: .training, patience: 4, threshold: 0.25)),
          growths: [.deepen(Deepen(all: true))], learningRate: .tenth,
          state: StateGrowth(relaxation: nil)),
        ScheduledGrowth(
          .at(.step(90)), growths: [.repeatBlock(RepeatBlock(block: "b"))], learningRate: .rewind),
        ScheduledGrowth(
          .plateau(Plateau()),
          .advised(
            AdvisedGrowth(
              best: 3, factor: 2, batches: 4,
              budget: CostBudget(parameters: 2_000_000, multiplyAdds: 5_000_000),
              filter: NameFilter(only: ["a*"], except: ["ab"])))),
      ])
    let data = try JSONEncoder().encode(schedule)
    #expect(try JSONDecoder().decode(GrowthSchedule.self, from: data) == schedule)
  }

  @Test("what is left out has its default")
  func defaults() throws {
    let schedule = try Self.decoded(
      #"{"steps": [{"when": "plateau", "growths": [{"widen": {"all": "2x"}}]}]}"#)
    #expect(
      schedule.steps == [
        ScheduledGrowth(
          .plateau(Plateau(of: .test, patience: 2, threshold: 0.01)),
          growths: [.widen(Widen(all: 2))], learningRate: .keep,
          state: StateGrowth(carriesState: true, relaxation: .steps(500)))
      ])
  }

  static let growths = #""growths": [{"widen": {"all": "2x"}}]"#
  static let flaws: [(step: String, sentence: String)] = [
    (
      #"{"at": "epoch 2", "grwths": []}"#,
      "step: unknown key \"grwths\"; did you mean \"growths\"?"
    ),
    ("{\(growths)}", "step: either at or when expected, neither found"),
    (
      "{\"at\": \"epoch 2\", \"when\": \"plateau\", \(growths)}",
      "step: either at or when expected, both found"
    ),
    (
      "{\"at\": \"tuesday\", \(growths)}",
      "step: at: a time such as epoch 5 or step 2000 expected, tuesday found"
    ),
    (
      "{\"at\": \"step 2\", \"patience\": 3, \(growths)}",
      "step: patience: it beside when: plateau only expected, it, beside at found"
    ),
    (
      "{\"when\": \"plateau\", \"patience\": 0, \(growths)}",
      "step: patience: 1 evaluation or more expected, 0 found"
    ),
    (
      "{\"when\": \"plateau\", \"advise\": {}, \(growths)}",
      "step: either growths or advise expected, both found"
    ),
    (
      #"{"when": "plateau"}"#, "step: either growths or advise expected, neither found"
    ),
    (
      #"{"when": "plateau", "advise": {"best": 0}}"#, "advise: best: 1 or more expected, 0 found"
    ),
    (
      #"{"when": "plateau", "advise": {"maxMacs": "many"}}"#,
      "advise: maxMacs: a count such as 20M expected, many found"
    ),
    (
      #"{"when": "plateau", "advise": {"factor": 1}}"#,
      "advise: factor: a number above 1, such as 1.5 expected, 1.0 found"
    ),
    (
      "{\"when\": \"plateau\", \"threshold\": 1, \(growths)}",
      "step: threshold: a share from 0 to below 1 expected, 1.0 found"
    ),
    (
      "{\"at\": \"step 2\", \"relaxSteps\": \"soon\", \(growths)}",
      "step: relaxSteps: a number of steps, or never expected, soon found"
    ),
    (
      "{\"at\": \"step 2\", \"rewarmSteps\": 5, \(growths)}",
      "step: rewarmSteps: 1 or more, beside learningRate: rewarm expected, 5 found"
    ),
  ]

  @Test("flaws are named", arguments: flaws.indices)
  func flaw(_ index: Int) throws {
    let error = #expect(throws: (any Error).self) {
      try Self.decoded("{\"steps\": [\(Self.flaws[index].step)]}")
    }
    #expect("\(try #require(error))" == Self.flaws[index].sentence)
  }

  @Test("times outside of the run, or out of order, are refused before it begins")
  func impossibleTimes() throws {
    func check(_ moments: TrainingMoment...) -> String? {
      let steps = moments.map { ScheduledGrowth(.at($0), growths: []) }
      return sentence {
        try GrowthSchedule(steps: steps).validate(stepsPerEpoch: 10, total: 40)
      }
    }
    #expect(check(.epoch(1.5), .step(15), .step(39)) == nil)
    #expect(
      check(.epoch(4))
        == "growth 1, at epoch 4: a time within the run's 40 steps expected, step 40 found")
    #expect(
      check(.step(20), .epoch(1))
        == "growth 2, at epoch 1: no time before an earlier growth's expected, step 10 found")
  }
}

@Suite("Plateaus")
struct PlateauTests {
  @Test("so many evaluations in a row without a better one")
  func patience() {
    let plateau = Plateau(patience: 2, threshold: 0.1)
    var tracker = PlateauTracker()
    var reached: [Bool] = []
    // 0.95 is not a tenth below 1; 0.8 is, and begins anew.
    for loss in [1, 0.95, 0.8, 0.79, 0.75] {
      tracker.record(loss, plateau)
      reached.append(tracker.isReached(plateau))
    }
    #expect(reached == [false, false, false, false, true])
  }
}

@Suite("Learning rates after growth")
struct LearningRateTests {
  private func rates(_ policy: RatePolicy, decay: Schedule.Decay = .step) -> [Double] {
    let schedule = Schedule(decay, milestones: [0.5], stepFactor: 0.5)
    let rate = LearningRate(
      settings: OptimizerSettings(learningRate: 8), schedule: schedule, total: 8,
      growths: [(step: 4, policy: policy)])
    return (0..<8).map(rate.value)
  }

  @Test("times and lengths of any size can be counted")
  func anyLength() {
    let late = TrainingMoment.epoch(9e8).step(stepsPerEpoch: 1 << 40)
    #expect(late == TrainingOptions.mostSteps)
    #expect((0..<1e-17).contains(rates(.rewarm(steps: .max)).last ?? 1))
  }

  @Test("keep, tenth, rewind, rewarm")
  func policies() {
    #expect(rates(.keep) == [8, 8, 8, 8, 4, 4, 4, 4])
    // The rest of the run is a schedule of its own: 4 steps, and a milestone after 2 of them.
    #expect(rates(.rewind) == [8, 8, 8, 8, 8, 8, 4, 4])
    #expect(rates(.tenth).suffix(4).map { ($0 * 10).rounded() } == [8, 8, 4, 4])
    #expect(rates(.rewarm(steps: 3)) == [8, 8, 8, 8, 1, 2, 3, 4])
  }
}
