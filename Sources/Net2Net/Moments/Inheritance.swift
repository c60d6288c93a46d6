internal import OrderedCollections

/// What a parameter of a student has from its teacher, for what an optimizer remembers of it.
///
/// A growth maps old weights linearly to new ones, θ′ = Rθ. Gradients pass through the transpose:
/// the gradient of each copy is the old one times a coefficient β, so a running mean of gradients
/// grows by β and one of squares by β². And for the student to take its teacher's step, Δθ′ = RΔθ,
/// each copy must move by α times the old step, α being its coefficient in R. In Net2WiderNet with
/// equal shares (α, β) is (1, 1/c) for writers and carriers and (1/c, 1) for readers; for isometric
/// copies both are s. Where noise breaks the tie between copies, it is left out: it is not
/// correlated with the old gradient.
///
/// Entries that the teacher did not have are fresh: α = β = 1, and nothing is remembered of them.
public struct Inheritance: Sendable {
  public let oldShape: Shape
  public let shape: Shape
  /// First to last.
  private let rewrites: [Rewrite]

  /// - Parameter student: grown from `teacher`, whose values are no rewrites themselves.
  fileprivate init?(of student: Parameter, from teacher: Parameter) {
    guard let rewrites = student.source.rewrites(downTo: teacher.source) else { return nil }
    self.rewrites = rewrites
    oldShape = teacher.shape
    shape = student.shape
  }

  /// Nothing changed.
  public var isIdentity: Bool { rewrites.isEmpty }

  /// `old` with each entry where its copies are, and `fresh` where there was none.
  ///
  /// - Parameter old: of ``oldShape``, floating-point.
  /// - Returns: of ``shape`` and the same type.
  public func gathered(_ old: Tensor, fresh: Double) -> Tensor {
    rewritten(old, fresh: fresh) { _ in 1 }
  }

  /// α for each entry, times what it was before this growth.
  public func weightCoefficients(times old: Tensor) -> Tensor {
    rewritten(old, fresh: 1) { $0.coefficient }
  }

  /// β for each entry, times what it was before this growth.
  public func gradientCoefficients(times old: Tensor) -> Tensor {
    rewritten(old, fresh: 1) { $0.gradientCoefficient }
  }

  /// Whether every α and β is 1.
  public var keepsSteps: Bool {
    rewrites.allSatisfy { rewrite in
      rewrite.axes.allSatisfy { axis in
        axis.entries.allSatisfy {
          $0.isUnremembered || $0.coefficient == 1 && $0.gradientCoefficient == 1
        }
      }
    }
  }

  private func rewritten(
    _ old: Tensor, fresh: Double, _ coefficient: (Rewrite.Entry) -> Double
  ) -> Tensor {
    let plain = rewrites.map { rewrite in
      var plain = Rewrite(axes: rewrite.axes, fresh: .constant(fresh), draw: rewrite.draw)
      for axis in plain.axes.indices {
        plain.axes[axis].entries = plain.axes[axis].entries.map { entry in
          entry.isUnremembered
            ? Rewrite.Entry(source: nil)
            : Rewrite.Entry(source: entry.source, coefficient: coefficient(entry))
        }
      }
      return plain
    }
    return Rewrite.evaluated(plain, on: old, as: old.elementType)
  }
}

extension Network {
  /// For each parameter that this network has from the one it was grown from, how; parameters
  /// that are new or drawn anew are not listed.
  ///
  /// - Parameter teacher: with no rewrites pending, such as one that was read from a file or
  ///   trained.
  public func inheritance(from teacher: Network) -> [String: Inheritance] {
    var inheritances: [String: Inheritance] = [:]
    for parameter in parameters.values {
      guard let old = teacher.parameters[parameter.name],
        let inheritance = Inheritance(of: parameter, from: old)
      else { continue }
      inheritances[parameter.name] = inheritance
    }
    return inheritances
  }
}

extension Rewrite.Entry {
  /// No gradient of the teacher says anything about this entry.
  fileprivate var isUnremembered: Bool { source == nil || gradientCoefficient == 0 }
}

extension Parameter.Source {
  /// The rewrites that lead here from `base`, first to last; nil where this comes from elsewhere.
  fileprivate func rewrites(downTo base: Parameter.Source) -> [Rewrite]? {
    var rewrites: [Rewrite] = []
    var source = self
    while true {
      switch (source, base) {
      case (.tensor(let found), .tensor(let wanted)):
        let isSame =
          found.storage === wanted.storage && found.byteOffset == wanted.byteOffset
          && found.shape == wanted.shape
        return isSame ? rewrites.reversed() : nil
      case (.rewritten(let inner, _, let rewrite), _):
        rewrites.append(rewrite)
        source = inner
      case (.generated(let found), .generated(let wanted)):
        return found == wanted ? rewrites.reversed() : nil
      default:
        return nil
      }
    }
  }
}
