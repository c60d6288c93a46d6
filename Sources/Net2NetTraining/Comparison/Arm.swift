public import Net2Net

/// One of the networks that are compared.
public struct Arm: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Grown from the teacher by the plan.
    case student
    /// The student's architecture, drawn at random.
    case scratch
    /// The student's architecture, the teacher's weights in it and all else drawn at random.
    case randomPad
    /// The teacher, or what it had become before the last growth, trained on.
    case teacher
    /// The student with repeated blocks as they were, with all their weights, so that the function is
    /// not kept (``Network/stacked()``).
    case stack

    /// The teacher's training went into it.
    public var buildsOnTeacher: Bool { self != .scratch }
  }

  public var name: String
  public var kind: Kind
  /// Of the widenings in the last growth, instead of the plan's.
  public var symmetry: Symmetry?
  public var map: UnitMapping?
  /// What the optimizer brings along from the teacher: nothing unless told.
  public var state: StateGrowth

  public init(
    _ kind: Kind, name: String? = nil, symmetry: Symmetry? = nil, map: UnitMapping? = nil,
    state: StateGrowth = Self.stateless
  ) {
    self.name = name ?? kind.rawValue
    self.kind = kind
    self.symmetry = symmetry
    self.map = map
    self.state = state
  }

  public static let stateless = StateGrowth(carriesState: false, relaxation: nil)

  /// The paper's two baselines, and the one it leaves out.
  public static let usual = [Arm(.student), Arm(.scratch), Arm(.randomPad), Arm(.teacher)]

  /// The plan's last growth as this arm has it.
  func growths(_ growths: [Growth]) -> [Growth] {
    growths.map { growth in
      switch growth {
      case .widen(var widen):
        widen.symmetry = symmetry ?? widen.symmetry
        widen.mapping = map ?? widen.mapping
        return .widen(widen)
      case .deepen, .repeatBlock, .growKernel, .addClasses, .replaceClasses, .randomPad,
        .randomInit:
        return growth
      }
    }
  }
}
