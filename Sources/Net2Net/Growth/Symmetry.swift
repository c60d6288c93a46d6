/// How copies of a unit are told apart, so that training can part them. Copies with equal
/// shares receive equal gradients for ever.
public enum Symmetry: Hashable, Sendable {
  /// Shares 1/c plus noise of `strength · σ(reader)` an element that sums to zero over the
  /// copies: exact, and the default.
  case antithetic(strength: Double)
  /// New units are written at random and read with zeros: bit-exact.
  case zero
  /// New units come in twos, written alike and read with +Z and −Z, Z as large as the reader's
  /// weights: exact.
  case pairs
  /// Shares differ between copies, one number a copy: exact.
  case unequal
  /// The paper's: equal shares, and noise of `strength · σ(writer)` on the copies' writers:
  /// approximate.
  case noise(strength: Double)
  /// Shares 1/c and nothing else: exact, and copies stay copies.
  case equal

  public static let antithetic = Symmetry.antithetic(strength: 0.5)
  public static let noise = Symmetry.noise(strength: 0.02)

  /// A symmetry without its strength. Raw values are the names that people type.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case antithetic, zero, pairs, unequal, noise, equal
  }

  public var kind: Kind {
    switch self {
    case .antithetic: .antithetic
    case .zero: .zero
    case .pairs: .pairs
    case .unequal: .unequal
    case .noise: .noise
    case .equal: .equal
    }
  }

  public static let names = Kind.allCases.map(\.rawValue)

  public var name: String { kind.rawValue }

  /// By name; `strength` belongs to `antithetic` (0.5 unless given) and `noise` (0.02).
  public init(name: String, strength: Double? = nil) throws(NetworkError) {
    if let strength, !strength.isFinite || strength < 0 {
      throw .invalidValue("strength", found: "\(strength)", expected: "a number of 0 or more")
    }
    guard let kind = Kind(rawValue: name) else {
      throw .unknownChoice("symmetry", name, known: Self.names)
    }
    switch kind {
    case .antithetic: self = .antithetic(strength: strength ?? 0.5)
    case .noise: self = .noise(strength: strength ?? 0.02)
    case .zero: self = .zero
    case .pairs: self = .pairs
    case .unequal: self = .unequal
    case .equal: self = .equal
    }
    guard strength == nil || self.strength != nil else {
      throw .invalidValue(
        "strength", found: "\(strength ?? 0)", expected: "none: symmetry \(name) takes no strength")
    }
  }

  public var strength: Double? {
    switch self {
    case .antithetic(let strength), .noise(let strength): strength
    case .zero, .pairs, .unequal, .equal: nil
    }
  }

  /// Whether copies compute the teacher's function only nearly.
  var isApproximate: Bool {
    switch kind {
    case .noise: true
    case .antithetic, .zero, .pairs, .unequal, .equal: false
    }
  }

  /// Whether copies that are scaled (see ``Width/Copying``) are all scaled alike: by these symmetries
  /// nothing is to tell what they are read with apart.
  var scalesCopiesAlike: Bool {
    switch kind {
    case .noise, .equal: true
    case .antithetic, .zero, .pairs, .unequal: false
    }
  }

  /// New units are copies of old ones, rather than fresh.
  var makesCopies: Bool {
    switch self {
    case .antithetic, .unequal, .noise, .equal: true
    case .zero, .pairs: false
    }
  }
}

/// Which old unit each new unit copies.
public enum UnitMapping: String, Hashable, Sendable, Codable, CaseIterable {
  /// As equal numbers of copies as can be.
  case balanced
  /// The paper's: new units copy old ones drawn at random (§2.1, equation 3).
  case random
}
