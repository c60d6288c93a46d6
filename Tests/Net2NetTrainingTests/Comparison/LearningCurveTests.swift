import Testing

@testable import Net2NetTraining

/// A curve with the accuracies given, a hundred samples apart, from `first` samples on.
func curve(_ accuracies: [Double], from first: Double = 0) -> LearningCurve {
  LearningCurve(
    accuracies.enumerated().map { index, accuracy in
      let samples = first + 100 * Double(index)
      return LearningCurve.Point(
        Effort(samples: samples, multiplyAdds: 30 * samples, seconds: samples / 50),
        Quality(accuracy: accuracy, loss: 1 - accuracy))
    })
}

@Suite("Learning curves")
struct LearningCurveTests {
  @Test("a goal is reached on the line between two evaluations, in each currency")
  func reachBetweenEvaluations() {
    let curve = curve([0.1, 0.5, 0.7])
    #expect(curve.reach(0.55, .accuracy, in: .samples).isClose(to: .after(125)))
    #expect(curve.reach(0.55, .accuracy, in: .multiplyAdds).isClose(to: .after(3750)))
    #expect(curve.reach(0.55, .accuracy, in: .seconds).isClose(to: .after(2.5)))
    // A loss of 0.45 is an accuracy of 0.55 here, and less is better.
    #expect(curve.reach(0.45, .loss, in: .samples).isClose(to: .after(125)))
  }

  @Test("the first time counts, also where the curve comes back down")
  func firstTimeCounts() {
    let curve = curve([0.2, 0.6, 0.4, 0.8])
    #expect(curve.reach(0.5, .accuracy, in: .samples).isClose(to: .after(75)))
    #expect(curve.reach(0.6, .accuracy, in: .samples).isClose(to: .after(100)))
  }

  @Test("what begins as good needs nothing; what never is as good needs more than it had")
  func reachAtTheEnds() {
    #expect(curve([0.5, 0.4]).reach(0.5, .accuracy, in: .samples) == .atOnce)
    #expect(curve([0.1, 0.4]).reach(0.5, .accuracy, in: .samples) == .beyond(100))
    // The first ending of several budgets: less was not tried.
    #expect(curve([0.5, 0.6], from: 300).reach(0.4, .accuracy, in: .samples) == .within(300))
  }

  @Test("an effort that came before is added to what is known")
  func addedEffort() {
    #expect(Reach.atOnce.adding(40) == .after(40))
    #expect(Reach.within(10).adding(40) == .within(50))
    #expect(Reach.after(10).adding(40) == .after(50))
    #expect(Reach.beyond(10).adding(40) == .beyond(50))
  }

  @Test("the mean of curves is taken point by point, as far as all go")
  func meanOfCurves() {
    let mean = LearningCurve.mean(of: [curve([0.2, 0.4, 0.9]), curve([0.4, 0.8])])
    #expect(mean.points.count == 2)
    #expect(mean.points[1].effort == Effort(samples: 100, multiplyAdds: 3000, seconds: 2))
    #expect(abs(mean.points[1].quality.accuracy - 0.6) < 1e-12)
    #expect(abs(mean.points[0].quality.loss - 0.7) < 1e-12)
  }

  @Test("a log becomes a curve: seconds are of steps alone, three passes are counted")
  func curveOfALog() {
    func line(_ kind: Metrics.Kind, _ images: Int, speed: Double? = nil) -> Metrics {
      var line = Metrics(kind: kind, step: 0, images: images, epoch: 0, loss: 0.5, seconds: 99)
      line.imagesPerSecond = speed
      line.accuracy = kind == .evaluation ? 0.75 : nil
      return line
    }
    let curve = LearningCurve(
      [
        line(.evaluation, 0), line(.training, 200, speed: 100), line(.evaluation, 200),
        line(.checkpoint, 200), line(.training, 300, speed: 25), line(.evaluation, 300),
      ], multiplyAdds: 7)
    #expect(
      curve.points.map(\.effort) == [
        Effort(), Effort(samples: 200, multiplyAdds: 4200, seconds: 2),
        Effort(samples: 300, multiplyAdds: 6300, seconds: 6),
      ])
    #expect(curve.end == Quality(accuracy: 0.75, loss: 0.5))
  }
}

extension Reach {
  fileprivate func isClose(to other: Reach) -> Bool {
    guard case (.after(let a), .after(let b)) = (self, other) else { return self == other }
    return abs(a - b) < 1e-9 * b
  }
}
