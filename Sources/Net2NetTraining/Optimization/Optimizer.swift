internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// Moves parameters along their gradients, in place, with libtorch's fused kernels: one pass
/// over each parameter, its gradient and its moments.
///
/// SGD:  u ← momentum · u + g,   p ← p − rate · u   (Nesterov: p ← p − rate · (g + momentum · u))
/// Adam: m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,
///       p ← p − rate · m̂ / (√v̂ + ε), with m̂, v̂ corrected for their start at zero.
/// Weight decay adds λp to g; AdamW takes rate · λp off p instead.
///
/// After a growth some parameters are held to the steps of the teacher (``InheritedSteps``).
final class Optimizer {
  private let settings: OptimizerSettings
  private let device: Device
  private var groups: [Group] = []
  private var held: [HeldParameter] = []
  private let inherited: InheritedSteps?
  private let births: OrderedDictionary<String, Int>
  private var steps: Int

  /// Parameters that share a weight decay.
  private struct Group {
    let weightDecay: Double
    var members: [Member] = []
  }

  /// What a member's gradient moves: the parameter, or what is added to it later.
  private struct Move {
    let member: Member
    let target: TorchTensor
    let gradient: TorchTensor

    /// The kernels wake all threads for each parameter, in some 50 µs, in which one thread moves a
    /// quarter of a million numbers.
    var isWorthAllThreads: Bool { target.shape.elementCount >= 1 << 18 }
  }

  struct Member {
    let name: String
    let parameter: TorchTensor
    /// How many steps had been taken when the parameter came in.
    let birth: Int
    var moments: [OptimizerState.Moment: TorchTensor] = [:]
  }

  /// - Parameter state: what to go on from; nothing remembered when nil.
  /// - Throws: ``TrainingError/stateMismatch(parameter:expected:found:)``.
  init(
    _ settings: OptimizerSettings, _ parameters: OrderedDictionary<String, TorchTensor>,
    device: Device, state: OptimizerState? = nil
  ) throws {
    self.settings = settings
    self.device = device
    let state = state ?? OptimizerState()
    steps = state.steps
    inherited = state.inherited
    births = state.births
    try Self.check(state, against: parameters)
    for decays in [true, false] {
      var group = Group(weightDecay: decays ? settings.weightDecay : 0)
      for (name, parameter) in parameters
      where decays == (parameter.rank > 1 || !settings.sparesVectors) {
        let member = try Self.member(name, parameter, settings, state)
        if let coefficients = try HeldParameter.Coefficients(of: name, like: parameter, state) {
          held.append(
            HeldParameter(
              member: member, weightDecay: group.weightDecay, coefficients: coefficients))
        } else {
          group.members.append(member)
        }
      }
      groups.append(group)
    }
  }

  private static func check(
    _ state: OptimizerState, against parameters: OrderedDictionary<String, TorchTensor>
  ) throws(TrainingError) {
    var tensors = Array(state.moments.values)
    if let inherited = state.inherited {
      tensors += [inherited.weightCoefficients, inherited.gradientCoefficients]
    }
    for (name, tensor) in tensors.joined() {
      guard tensor.shape == parameters[name]?.shape else {
        throw .stateMismatch(
          parameter: name, expected: parameters[name].map { "\($0.shape)" } ?? "no such parameter",
          found: "\(tensor.shape)")
      }
    }
  }

  private static func member(
    _ name: String, _ parameter: TorchTensor, _ settings: OptimizerSettings,
    _ state: OptimizerState
  ) throws(EngineError) -> Member {
    var member = Member(name: name, parameter: parameter, birth: state.births[name] ?? 0)
    for moment in settings.rule.moments(momentum: settings.momentum) {
      member.moments[moment] = try parameter.companion(holding: state.moments[moment]?[name])
    }
    return member
  }

  /// Takes one step and drops the gradients. A parameter without one stays as it is.
  func step(learningRate: Double) throws(EngineError) {
    try withoutGradients { () throws(EngineError) in
      try letGoIfRelaxed()
      let relaxed = inherited?.relaxed(afterStep: steps) ?? 1
      steps += 1
      for group in groups {
        var moves: [Move] = []
        for member in group.members {
          guard let gradient = try member.parameter.gradient else { continue }
          moves.append(Move(member: member, target: member.parameter, gradient: gradient))
        }
        try take(moves, weightDecay: group.weightDecay, learningRate)
        for member in group.members { try member.parameter.setGradient(nil) }
      }
      for parameter in held { try step(parameter, relaxed: relaxed, learningRate) }
    }
  }

  /// Without a step.
  func dropGradients() throws(EngineError) {
    for member in groups.flatMap(\.members) + held.map(\.member) {
      try member.parameter.setGradient(nil)
    }
  }

  /// The Euclidean norm of all gradients together; 0 where there are none.
  func gradientNorm() throws(EngineError) -> Double {
    var norms: [TorchTensor] = []
    for member in groups.flatMap(\.members) + held.map(\.member) {
      guard let gradient = try member.parameter.gradient else { continue }
      norms.append(try Operators.norm(.tensor(gradient), .double(2)))
    }
    guard !norms.isEmpty else { return 0 }
    // One number comes back from the device, however many parameters there are.
    let all = try Operators.stack(.tensors(norms), .int(0))
    return try Operators.norm(.tensor(all), .double(2)).scalar()
  }

  private func step(
    _ held: HeldParameter, relaxed: Double, _ learningRate: Double
  ) throws(EngineError) {
    guard let gradient = try held.member.parameter.gradient else { return }
    let decays = held.weightDecay != 0
    let own = try held.inheritedGradient(
      gradient, relaxed: relaxed, weightDecay: settings.rule == .adamw ? 0 : held.weightDecay)
    if decays, settings.rule == .adamw {
      try held.member.parameter.multiplyInPlace(by: 1 - learningRate * held.weightDecay)
    }
    let step = try Operators.zerosLike(.tensor(held.member.parameter))
    try take(
      [Move(member: held.member, target: step, gradient: own)], weightDecay: 0, learningRate)
    let scale = try held.scale(relaxed: relaxed, rule: settings.rule)
    try Operators.addProductInPlace.results(
      [.tensor(held.member.parameter), .tensor(step), .tensor(scale), .double(1)])
    try held.member.parameter.setGradient(nil)
  }

  private func take(
    _ moves: [Move], weightDecay: Double, _ learningRate: Double
  ) throws(EngineError) {
    try onOneThread { () throws(EngineError) in
      try takeTogether(
        moves.filter { !$0.isWorthAllThreads }, weightDecay: weightDecay, learningRate)
    }
    try takeTogether(moves.filter(\.isWorthAllThreads), weightDecay: weightDecay, learningRate)
  }

  private func takeTogether(
    _ moves: [Move], weightDecay: Double, _ learningRate: Double
  ) throws(EngineError) {
    guard !moves.isEmpty else { return }
    func moments(_ moment: OptimizerState.Moment) -> Argument {
      .tensors(moves.compactMap { $0.member.moments[moment] })
    }
    let common: [Argument] = [.tensors(moves.map(\.target)), .tensors(moves.map(\.gradient))]
    switch settings.rule {
    case .sgd:
      // A first step from momentum zero is the general step, so no step is a special one.
      try Operators.fusedSGD.results(
        common + [
          moments(.momentum), .double(weightDecay), .double(settings.momentum),
          .double(learningRate), .double(0), .bool(settings.isNesterov), .bool(false),
          .bool(false),
        ])
    case .adam, .adamw:
      let fused = settings.rule == .adam ? Operators.fusedAdam : Operators.fusedAdamW
      let counts = try counts(moves.map(\.member))
      try fused.results(
        common + [
          moments(.mean), moments(.variance), .tensors([]), .tensors(counts),
          .double(learningRate), .double(settings.meanShare), .double(settings.varianceShare),
          .double(weightDecay), .double(settings.epsilon), .bool(false), .bool(false),
        ])
    }
  }

  /// The steps that each member has taken.
  private func counts(_ members: [Member]) throws(EngineError) -> [TorchTensor] {
    var known: [Int: TorchTensor] = [:]
    var counts: [TorchTensor] = []
    for member in members {
      if let count = known[member.birth] {
        counts.append(count)
        continue
      }
      let taken = Tensor([Float(steps - member.birth)], shape: [])
      let count = try TorchTensor(taken).converted(to: device)
      known[member.birth] = count
      counts.append(count)
    }
    return counts
  }

  /// Held parameters whose steps are the plain ones now become as all others.
  private func letGoIfRelaxed() throws(EngineError) {
    guard let inherited, !held.isEmpty, inherited.relaxed(afterStep: steps) >= 1 else { return }
    for parameter in held {
      try parameter.settleMoments()
      guard let index = groups.firstIndex(where: { $0.weightDecay == parameter.weightDecay })
      else { continue }
      groups[index].members.append(parameter.member)
    }
    held = []
  }

  /// A copy of everything remembered.
  func state() throws(EngineError) -> OptimizerState {
    try withoutGradients { () throws(EngineError) in try letGoIfRelaxed() }
    var state = OptimizerState(steps: steps)
    state.births = births
    for member in groups.flatMap(\.members) + held.map(\.member) {
      for (moment, tensor) in member.moments {
        state.moments[moment, default: [:]][member.name] = try tensor.tensor()
      }
    }
    if !held.isEmpty { state.inherited = inherited }
    return state
  }
}

extension TorchTensor {
  /// Zeros, or `values`, that lie in memory as this does: the kernels walk through memory.
  func companion(holding values: Tensor?) throws(EngineError) -> TorchTensor {
    let companion = try Operators.zerosLike(.tensor(self))
    if let values { try companion.copy(from: TorchTensor(borrowing: values)) }
    return companion
  }

  fileprivate func multiplyInPlace(by factor: Double) throws(EngineError) {
    try Operators.multiplyInPlaceByScalar.results([.tensor(self), .double(factor)])
  }
}

/// The operators of libtorch that training adds to those of running networks.
enum Operators {
  static let reshape = TorchOperator("aten::reshape")
  static let crossEntropy = TorchOperator("aten::cross_entropy_loss")
  static let argmax = TorchOperator("aten::argmax")
  static let zerosLike = TorchOperator("aten::zeros_like")
  static let addInPlace = TorchOperator("aten::add_.Tensor")
  static let addProductInPlace = TorchOperator("aten::addcmul_")
  static let addQuotientInPlace = TorchOperator("aten::addcdiv_")
  static let multiplyInPlace = TorchOperator("aten::mul_.Tensor")
  static let multiplyInPlaceByScalar = TorchOperator("aten::mul_.Scalar")
  static let quotient = TorchOperator("aten::div.Tensor")
  static let multiply = TorchOperator("aten::mul.Scalar")
  static let exponential = TorchOperator("aten::exp")
  static let logarithm = TorchOperator("aten::log")
  static let interpolation = TorchOperator("aten::lerp.Scalar")
  static let norm = TorchOperator("aten::norm.Scalar")
  static let stack = TorchOperator("aten::stack")
  static let fusedSGD = TorchOperator("aten::_fused_sgd_")
  static let fusedAdam = TorchOperator("aten::_fused_adam_")
  static let fusedAdamW = TorchOperator("aten::_fused_adamw_")
}
