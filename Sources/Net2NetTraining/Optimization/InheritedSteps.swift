public import Net2Net
internal import Net2NetTorch
public import OrderedCollections

/// Step sizes that hold a student to the steps its teacher would have taken, right after a growth,
/// and are relaxed until every entry moves at the plain rate.
///
/// A copy's gradient is β times the teacher's, and it has to move by α times the teacher's step
/// (``Inheritance``). While held, gradients are divided by β, so that moments are the teacher's,
/// weight decay acts on the teacher's weight θ′/α, and the rule's step is multiplied by α:
///
///     g̃ = g′/β + λ θ′/δ,   θ′ ← θ′ + σ · step(g̃)
///
/// with δ = α¹⁻ᵗ βᵗ and σ = δ for SGD, whose steps are proportional to gradients, σ = α¹⁻ᵗ for
/// Adam, whose steps are not. At t = 0 the student takes its teacher's steps, exactly: with equal
/// shares both go the same way for ever. At t = 1 the steps are those of the plain rule; moments
/// are then multiplied by β (squares by β²), and nothing is held any more.
public struct InheritedSteps: Sendable {
  /// The optimizer's steps when the network grew.
  public var began: Int
  /// In how many steps t goes from 0 to 1; nil holds for ever.
  public var relaxation: Int?
  /// α and β of the parameters that are held, by name.
  public var weightCoefficients: OrderedDictionary<String, Tensor>
  public var gradientCoefficients: OrderedDictionary<String, Tensor>

  public init(
    began: Int, relaxation: Int?, weightCoefficients: OrderedDictionary<String, Tensor> = [:],
    gradientCoefficients: OrderedDictionary<String, Tensor> = [:]
  ) {
    self.began = began
    self.relaxation = relaxation
    self.weightCoefficients = weightCoefficients
    self.gradientCoefficients = gradientCoefficients
  }

  /// t after so many steps of the optimizer.
  func relaxed(afterStep steps: Int) -> Double {
    guard let relaxation else { return 0 }
    return relaxation == 0 ? 1 : min(1, Double(steps - began) / Double(relaxation))
  }
}

/// What becomes of an optimizer's state when its network grows.
public struct StateGrowth: Hashable, Sendable, Codable {
  /// Moments and counts of steps are carried over; or forgotten, as without any care.
  public var carriesState: Bool
  /// Holds the student to its teacher's steps and relaxes that over so many steps; nil lets every
  /// entry move at the plain rate at once.
  public var relaxation: Relaxation?

  public enum Relaxation: Hashable, Sendable, Codable {
    case steps(Int)
    /// The steps stay the teacher's.
    case never
  }

  public init(carriesState: Bool = true, relaxation: Relaxation? = .steps(500)) {
    self.carriesState = carriesState
    self.relaxation = relaxation
  }
}

extension StateGrowth {
  /// - Throws: ``TrainingError/option(_:expected:found:)``.
  func validate(_ place: String) throws(TrainingError) {
    guard case .steps(let steps) = relaxation else { return }
    try require(count: steps, atLeast: 0, "\(place): relaxSteps")
  }
}

extension OptimizerState {
  /// The state for a student that was grown from `teacher`.
  ///
  /// Entries that the teacher did not have begin with no mean, and with the mean of the old
  /// entries as their variance: they share a tensor, and so a count of steps, with entries whose
  /// variance is settled, and from zero their first steps would be several times too long.
  /// Parameters that are new as a whole have a count of their own and begin at zero.
  public func grown(
    to student: Network, from teacher: Network, rule: OptimizerSettings.Rule, by growth: StateGrowth
  ) -> OptimizerState {
    let trained = student.trainedParameterNames
    let inheritances = student.inheritance(from: teacher).filter { trained.contains($0.key) }
    var grown = OptimizerState(steps: steps)
    for name in student.parameters.keys where trained.contains(name) {
      if growth.carriesState, inheritances[name] != nil {
        grown.births[name] = births[name]
      } else {
        grown.births[name] = steps
      }
    }
    if growth.carriesState {
      for (moment, tensors) in moments {
        for (name, tensor) in tensors {
          guard let inheritance = inheritances[name], inheritance.oldShape == tensor.shape else {
            continue
          }
          grown.moments[moment, default: [:]][name] =
            inheritance.isIdentity
            ? tensor
            : inheritance.gathered(tensor, fresh: moment == .variance ? tensor.mean : 0)
        }
      }
    }
    let inherited = grownSteps(inheritances, rule: rule, by: growth)
    grown.inherited = inherited.weightCoefficients.isEmpty ? nil : inherited
    return grown
  }

  /// The coefficients of all growths that are still held.
  private func grownSteps(
    _ inheritances: [String: Inheritance], rule: OptimizerSettings.Rule, by growth: StateGrowth
  ) -> InheritedSteps {
    let relaxation: Int? =
      switch growth.relaxation {
      case .steps(let steps): steps
      case .never: nil
      case nil: 0
      }
    var grown = InheritedSteps(began: steps, relaxation: relaxation)
    for (name, inheritance) in inheritances.sorted(by: { $0.key < $1.key }) {
      guard let held = heldCoefficients(of: name, rule: rule) else {
        guard !inheritance.isIdentity, !inheritance.keepsSteps else { continue }
        let ones = Tensor(
          [Double](repeating: 1, count: inheritance.oldShape.elementCount),
          shape: inheritance.oldShape)
        grown.weightCoefficients[name] = inheritance.weightCoefficients(times: ones)
        grown.gradientCoefficients[name] = inheritance.gradientCoefficients(times: ones)
        continue
      }
      grown.weightCoefficients[name] = inheritance.weightCoefficients(times: held.weight)
      grown.gradientCoefficients[name] = inheritance.gradientCoefficients(times: held.gradient)
    }
    return grown
  }

  /// α as far as it is not yet relaxed, and β.
  private func heldCoefficients(
    of name: String, rule: OptimizerSettings.Rule
  ) -> (weight: Tensor, gradient: Tensor)? {
    guard let inherited, let weight = inherited.weightCoefficients[name],
      let gradient = inherited.gradientCoefficients[name]
    else { return nil }
    let share = inherited.relaxed(afterStep: steps)
    let isProportional = rule == .sgd
    let values = zip(weight.doubles(), gradient.doubles()).map { weight, gradient in
      power(weight, 1 - share) * (isProportional ? power(gradient, share) : 1)
    }
    return (Tensor(values, shape: weight.shape), gradient)
  }
}

extension Tensor {
  fileprivate var mean: Double { doubles().reduce(0, +) / Double(max(1, elementCount)) }
}
