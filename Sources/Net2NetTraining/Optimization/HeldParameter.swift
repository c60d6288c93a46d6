internal import Foundation
internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// A parameter that is held to its teacher's steps; the formulas are those of ``InheritedSteps``.
struct HeldParameter {
  let member: Optimizer.Member
  let weightDecay: Double
  let coefficients: Coefficients

  /// ln α, ln β and β of each entry, on the device.
  struct Coefficients {
    let logWeight: TorchTensor
    let logGradient: TorchTensor
    let gradient: TorchTensor

    /// Nil for a parameter that is not held.
    init?(
      of name: String, like parameter: TorchTensor, _ state: OptimizerState
    ) throws(EngineError) {
      guard let weight = state.inherited?.weightCoefficients[name],
        let gradient = state.inherited?.gradientCoefficients[name]
      else { return nil }
      let weights = try parameter.companion(holding: weight)
      self.gradient = try parameter.companion(holding: gradient)
      logWeight = try Operators.logarithm(.tensor(weights))
      logGradient = try Operators.logarithm(.tensor(self.gradient))
    }
  }

  /// δ
  private func decayScale(relaxed: Double) throws(EngineError) -> TorchTensor {
    try Operators.exponential(
      .tensor(
        Operators.interpolation(
          .tensor(coefficients.logWeight), .tensor(coefficients.logGradient), .double(relaxed))))
  }

  /// g̃
  func inheritedGradient(
    _ gradient: TorchTensor, relaxed: Double, weightDecay: Double
  ) throws(EngineError) -> TorchTensor {
    let own = try Operators.quotient(.tensor(gradient), .tensor(coefficients.gradient))
    if weightDecay != 0 {
      try Operators.addQuotientInPlace.results([
        .tensor(own), .tensor(member.parameter), .tensor(decayScale(relaxed: relaxed)),
        .double(weightDecay),
      ])
    }
    return own
  }

  /// σ
  func scale(
    relaxed: Double, rule: OptimizerSettings.Rule
  ) throws(EngineError) -> TorchTensor {
    switch rule {
    case .sgd: try decayScale(relaxed: relaxed)
    case .adam, .adamw:
      try Operators.exponential(
        .tensor(Operators.multiply(.tensor(coefficients.logWeight), .double(1 - relaxed))))
    }
  }

  /// From the teacher's moments to the student's.
  func settleMoments() throws(EngineError) {
    for (moment, tensor) in member.moments {
      for _ in 0..<(moment == .variance ? 2 : 1) {
        try Operators.multiplyInPlace.results([.tensor(tensor), .tensor(coefficients.gradient)])
      }
    }
  }
}

/// `base` to the power of `exponent`, on the CPU as on the device: for α and β, which are above 0.
func power(_ base: Double, _ exponent: Double) -> Double { exp(log(base) * exponent) }
