import Testing

@testable import Net2NetTraining

struct ScheduleTests {
  func shares(_ schedule: Schedule, of total: Int) -> [Double] {
    (0..<total).map { schedule.share(atStep: $0, of: total) }
  }

  @Test func constantStaysAtFullHeight() {
    #expect(shares(Schedule(.constant), of: 3) == [1, 1, 1])
  }

  @Test func cosineGoesFromOneTowardsZero() {
    // (1 + cos 0°, 60°, 120°) / 2
    let expected = [1, 0.75, 0.25]
    #expect(zip(shares(Schedule(.cosine), of: 3), expected).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test func stepsGoDownAtTheMilestones() {
    let schedule = Schedule(.step, milestones: [0.5, 0.75], stepFactor: 0.5)
    #expect(shares(schedule, of: 8) == [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25])
  }

  @Test(arguments: Schedule.Decay.allCases)
  func warmUpRisesInALineAndThenReachesFullHeight(_ decay: Schedule.Decay) {
    let schedule = Schedule(decay, warmupSteps: 3)
    #expect(shares(schedule, of: 100).prefix(4) == [0.25, 0.5, 0.75, 1])
  }

  @Test func warmUpLongerThanTheRunStaysBelowFullHeight() {
    #expect(shares(Schedule(.cosine, warmupSteps: 9), of: 3) == [0.1, 0.2, 0.3])
  }

  @Test func warmUpOfAnyLengthCanBeCounted() {
    #expect(shares(Schedule(warmupSteps: .max), of: 2).allSatisfy { (0..<1e-17).contains($0) })
  }
}
