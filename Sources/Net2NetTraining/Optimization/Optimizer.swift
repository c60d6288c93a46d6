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
final class Optimizer {
  private let settings: OptimizerSettings
  private let device: Device
  private var groups: [Group] = []
  private var steps: Int

  /// Parameters that share a weight decay.
  private struct Group {
    let weightDecay: Double
    var names: [String] = []
    var parameters: [TorchTensor] = []
    var moments: [OptimizerState.Moment: [TorchTensor]] = [:]
  }

  /// - Parameter state: what to go on from; nothing remembered when nil.
  /// - Throws: ``TrainingError/stateMismatch(parameter:expected:found:)``.
  init(
    _ settings: OptimizerSettings, _ parameters: OrderedDictionary<String, TorchTensor>,
    device: Device, state: OptimizerState? = nil
  ) throws {
    self.settings = settings
    self.device = device
    steps = state?.steps ?? 0
    let state = state ?? OptimizerState()
    try Self.check(state, against: parameters)
    for decays in [true, false] {
      var group = Group(weightDecay: decays ? settings.weightDecay : 0)
      for (name, parameter) in parameters
      where decays == (parameter.rank > 1 || !settings.sparesVectors) {
        group.names.append(name)
        group.parameters.append(parameter)
        for moment in settings.rule.moments(momentum: settings.momentum) {
          let remembered = state.moments[moment]?[name]
          group.moments[moment, default: []].append(
            try Self.moment(like: parameter, holding: remembered))
        }
      }
      if !group.names.isEmpty { groups.append(group) }
    }
  }

  private static func check(
    _ state: OptimizerState, against parameters: OrderedDictionary<String, TorchTensor>
  ) throws(TrainingError) {
    for (name, tensor) in state.moments.values.joined() {
      guard tensor.shape == parameters[name]?.shape else {
        throw .stateMismatch(
          parameter: name, expected: parameters[name].map { "\($0.shape)" } ?? "no such parameter",
          found: "\(tensor.shape)")
      }
    }
  }

  /// The kernels walk through memory, so a moment lies in memory as its parameter does.
  private static func moment(
    like parameter: TorchTensor, holding values: Tensor?
  ) throws(EngineError) -> TorchTensor {
    let moment = try Operators.zerosLike(.tensor(parameter))
    if let values { try moment.copy(from: TorchTensor(borrowing: values)) }
    return moment
  }

  /// Takes one step and drops the gradients. A parameter without one stays as it is.
  func step(learningRate: Double) throws(EngineError) {
    steps += 1
    try withoutGradients { () throws(EngineError) in
      for group in groups {
        let gradients = try group.parameters.map { parameter throws(EngineError) in
          try parameter.gradient
        }
        let moved = gradients.indices.filter { gradients[$0] != nil }
        try update(group, moved, gradients.compactMap(\.self), learningRate)
        for parameter in group.parameters { try parameter.setGradient(nil) }
      }
    }
  }

  private func update(
    _ group: Group, _ moved: [Int], _ gradients: [TorchTensor], _ learningRate: Double
  ) throws(EngineError) {
    guard !moved.isEmpty else { return }
    func chosen(_ tensors: [TorchTensor]?) -> Argument {
      .tensors(tensors.map { tensors in moved.map { tensors[$0] } } ?? [])
    }
    let common: [Argument] = [chosen(group.parameters), .tensors(gradients)]
    switch settings.rule {
    case .sgd:
      // A first step from momentum zero is the general step, so no step is a special one.
      try Operators.fusedSGD.results(
        common + [
          chosen(group.moments[.momentum]), .double(group.weightDecay),
          .double(settings.momentum), .double(learningRate), .double(0),
          .bool(settings.isNesterov), .bool(false), .bool(false),
        ])
    case .adam, .adamw:
      let fused = settings.rule == .adam ? Operators.fusedAdam : Operators.fusedAdamW
      let count = try TorchTensor(Tensor([Float(steps)], shape: [])).converted(to: device)
      try fused.results(
        common + [
          chosen(group.moments[.mean]), chosen(group.moments[.variance]), .tensors([]),
          .tensors(moved.map { _ in count }), .double(learningRate),
          .double(settings.meanShare), .double(settings.varianceShare),
          .double(group.weightDecay), .double(settings.epsilon), .bool(false), .bool(false),
        ])
    }
  }

  /// A copy of everything remembered.
  func state() throws(EngineError) -> OptimizerState {
    var state = OptimizerState(steps: steps)
    for group in groups {
      for (moment, tensors) in group.moments {
        for (name, tensor) in zip(group.names, tensors) {
          state.moments[moment, default: [:]][name] = try tensor.tensor()
        }
      }
    }
    return state
  }
}

/// The operators of libtorch that training adds to those of running networks.
enum Operators {
  static let crossEntropy = TorchOperator("aten::cross_entropy_loss")
  static let argmax = TorchOperator("aten::argmax")
  static let zerosLike = TorchOperator("aten::zeros_like")
  static let addInPlace = TorchOperator("aten::add_.Tensor")
  static let fusedSGD = TorchOperator("aten::_fused_sgd_")
  static let fusedAdam = TorchOperator("aten::_fused_adam_")
  static let fusedAdamW = TorchOperator("aten::_fused_adamw_")
}
