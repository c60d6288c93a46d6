public import Net2Net

/// One training of a comparison.
public struct ComparisonRun: Hashable, Sendable, Codable {
  public enum Role: Hashable, Sendable, Codable {
    case teacher
    /// What follows one of several growths in a row, from 0.
    case stage(Int)
    case arm(String)
  }

  public var seed: UInt64
  public var role: Role
  public var steps: Int
  public var recipe: Recipe

  /// Of its folder or file, inside of the comparison's.
  var path: String {
    switch role {
    case .teacher: "seed-\(seed)/teacher"
    case .stage(let index): "seed-\(seed)/stage-\(index + 1)"
    case .arm(let name): "seed-\(seed)/\(name)/\(steps)-steps/\(recipe.name)"
    }
  }

  /// `student, 600 steps, 0.05-cosine, seed 1`
  public var title: String {
    let name =
      switch role {
      case .teacher: "teacher"
      case .stage(let index): "after growth \(index + 1)"
      case .arm(let name): name
      }
    return "\(name), \(steps) steps, \(recipe.name), seed \(seed)"
  }
}

extension ComparisonRun {
  /// All arms of a seed see the same samples in the same order; their teacher saw them in another.
  var orderSeed: UInt64 {
    let draw = Draw(seed: seed)
    return switch role {
    case .teacher: draw.derived(for: "teacher's order").bits(0)
    case .stage(let index): draw.derived(for: "stage's order").bits(index)
    case .arm: seed
    }
  }
}

/// What came out of a run: a file of its own, so that nothing is done twice.
public struct ComparisonResult: Hashable, Sendable, Codable {
  public var run: ComparisonRun
  /// Of the network that was trained.
  public var cost: Cost
  /// On the test split.
  public var curve: LearningCurve
  /// At the end, on the validation split; nil for a run that failed.
  public var validation: Quality?
  /// Why the run did not come to its end.
  public var failure: String?
}

/// A growth of a comparison and what it kept.
public struct ComparisonGrowth: Hashable, Sendable, Codable {
  public var seed: UInt64
  /// The arm whose it is; nil for one of several in a row that all arms have in common.
  public var arm: String?
  /// Which of the plan's growths, from 0.
  public var stage: Int
  public var growths: [Growth]
  public var before: Cost
  public var after: Cost
  /// In evaluation and in training mode; nil for what does not keep the function.
  public var grade: Grade?
  public var trainingGrade: Grade?
  /// The largest in evaluation mode, in double.
  public var relativeDifference: Double?
  /// That growing took, without verifying.
  public var seconds: Double
}
