public import Net2NetTraining

/// What a learner does next, and why, in sentences.
public struct Decision: Hashable, Sendable, Codable {
  public enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
    /// The network learns on as it is.
    case goOn
    case grow
    /// Nothing is learnt until there is more to learn from, or to spend.
    case wait
  }

  public var verdict: Verdict
  public var reasons: [String]

  public init(_ verdict: Verdict, _ reasons: String...) {
    self.verdict = verdict
    self.reasons = reasons
  }
}

/// What a round of learning found, by its annealed branch.
public struct RoundFindings: Hashable, Sendable, Codable {
  /// On examples that were learnt from, as a network in use computes it; nats.
  public var trainingLoss: Double
  public var trainingAccuracy: Double
  /// On examples that were not.
  public var heldOutLoss: Double
  public var heldOutAccuracy: Double

  public init(
    trainingLoss: Double, trainingAccuracy: Double, heldOutLoss: Double, heldOutAccuracy: Double
  ) {
    self.trainingLoss = trainingLoss
    self.trainingAccuracy = trainingAccuracy
    self.heldOutLoss = heldOutLoss
    self.heldOutAccuracy = heldOutAccuracy
  }

  public init(training: Predictions, heldOut: Predictions) {
    self.init(
      trainingLoss: training.loss, trainingAccuracy: training.accuracy,
      heldOutLoss: heldOut.loss, heldOutAccuracy: heldOut.accuracy)
  }

  /// The share of the held-out loss by which the training loss lies below it; below zero where it
  /// lies above.
  public var gap: Double {
    heldOutLoss > 0 ? (heldOutLoss - trainingLoss) / heldOutLoss : 0
  }
}

/// Tells from round to round whether it is the size of the network that holds it back.
///
/// More examples bring the loss on what is learnt and the loss on what is held out together: they
/// close the gap between them, and what lies below the training loss they cannot reach. A network
/// is too small where both are so: the gap is a small share of the loss that is left, and training
/// has stopped lowering its own loss, for `patience` rounds.
public struct CapacityWatch: Hashable, Sendable, Codable {
  /// Since the last growth, oldest first; no more than are looked at.
  public private(set) var findings: [RoundFindings] = []

  public init() {}

  public mutating func record(_ round: RoundFindings, _ policy: GrowthPolicy) {
    findings.append(round)
    findings.removeFirst(max(0, findings.count - policy.patience - 1))
  }

  /// After a growth, or when there are new classes.
  public mutating func reset() { findings = [] }

  /// Whether to grow, by what the rounds so far found; never ``Decision/Verdict/wait``.
  public func decision(_ policy: GrowthPolicy) -> Decision {
    guard let last = findings.last else { return Decision(.goOn, "nothing was learnt yet") }
    guard findings.count > policy.patience else {
      return Decision(
        .goOn,
        "\(rounds(findings.count)) with this network; growth is decided after "
          + "\(policy.patience + 1)")
    }
    guard last.trainingAccuracy < 1 else {
      return Decision(.goOn, "every example is learnt: it is not size that is missing")
    }
    let recent = findings.suffix(policy.patience)
    let widest = recent.map(\.gap).max() ?? 0
    guard widest <= policy.largestGap else {
      return Decision(
        .goOn,
        "more examples help: the loss is \(figure(last.trainingLoss)) on what is learnt and "
          + "\(figure(last.heldOutLoss)) on what is held out, \(percent(widest)) below; "
          + "up to \(percent(policy.largestGap)) would be a sign of too small a network")
    }
    let before = findings[0].trainingLoss
    let best = recent.map(\.trainingLoss).min() ?? last.trainingLoss
    guard best > before * (1 - policy.threshold) else {
      return Decision(
        .goOn,
        "training still lowers its loss: \(figure(before)) to \(figure(best)) in "
          + rounds(policy.patience))
    }
    return Decision(
      .grow,
      "more examples no longer help: what is learnt has a loss of \(figure(last.trainingLoss)), "
        + "only \(percent(last.gap)) below the \(figure(last.heldOutLoss)) of what is held out",
      "training no longer lowers its loss: \(figure(before)) to \(figure(best)) in "
        + rounds(policy.patience))
  }
}

private func rounds(_ count: Int) -> String { count == 1 ? "1 round" : "\(count) rounds" }

func figure(_ number: Double) -> String { "\((number * 1000).rounded() / 1000)" }
func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
