public import Net2Net

/// A comparison of growing with what one would do without (Chen et al., *Net2Net*, ICLR 2016, §3, and
/// one baseline that the paper leaves out: the teacher trained on).
///
/// For each seed a teacher is trained and grown; then every arm learns with each budget, from the
/// same samples in the same order. With the first seed each arm tries the whole grid, for each budget
/// by itself, and the recipe that is best on the validation split is what it has with the others. The
/// test split is reported and decides nothing.
public struct ComparisonPlan: Hashable, Sendable, Encodable {
  public var name: String
  /// Each draws its own teacher, growth, baselines and order of samples.
  public var seeds: [UInt64]
  public var measure: Measure
  /// By how much better than the teacher a network should become: the first goal.
  public var margin: Double
  public var data: SampleCounts
  public var teacher: Teacher
  /// Growths in a row; all but the last with the training that follows them.
  public var student: [Stage]
  public var training: SharedTraining
  /// Whose first weights the baseline from scratch has; as growths draw them when nil.
  public var scratch: NetworkChoice?
  public var arms: [Arm]
  /// Steps; the largest is the one whose curve is shown.
  public var budgets: [Int]
  public var grid: RecipeGrid

  public init(
    name: String, seeds: [UInt64] = [1], measure: Measure = .accuracy, margin: Double = 0,
    data: SampleCounts = SampleCounts(), teacher: Teacher, student: [Stage],
    training: SharedTraining = SharedTraining(), scratch: NetworkChoice? = nil,
    arms: [Arm] = Arm.usual, budgets: [Int], grid: RecipeGrid
  ) {
    self.name = name
    self.seeds = seeds
    self.measure = measure
    self.margin = margin
    self.data = data
    self.teacher = teacher
    self.student = student
    self.training = training
    self.scratch = scratch
    self.arms = arms
    self.budgets = budgets
    self.grid = grid
  }

  /// How many samples are used; all there are when nil.
  public struct SampleCounts: Hashable, Sendable, Codable {
    /// Including those that become the validation split.
    public var training: Int?
    /// Taken out of the training split, to choose by; a tenth of it when nil.
    public var validation: Int?
    public var test: Int?

    public init(training: Int? = nil, validation: Int? = nil, test: Int? = nil) {
      self.training = training
      self.validation = validation
      self.test = test
    }
  }

  /// How a network is trained besides what all have in common.
  public struct Stint: Hashable, Sendable {
    public var steps: Int
    public var recipe: Recipe

    public init(steps: Int, recipe: Recipe) {
      self.steps = steps
      self.recipe = recipe
    }
  }

  public struct Teacher: Hashable, Sendable {
    public var network: NetworkChoice
    /// Nil for a file that is trained already; what it took is then not counted.
    public var training: Stint?

    public init(_ network: NetworkChoice, training: Stint?) {
      self.network = network
      self.training = training
    }
  }

  /// One of several growths in a row.
  public struct Stage: Hashable, Sendable {
    public var growths: [Growth]
    /// Nil for the last, behind which the comparison is.
    public var training: Stint?

    public init(_ growths: [Growth], training: Stint? = nil) {
      self.growths = growths
      self.training = training
    }
  }
}

/// A network by the name of its architecture, or by its file.
public enum NetworkChoice: Hashable, Sendable {
  case built(Architecture, widthFactor: Double = 1, depth: Int? = nil)
  case file(String)
}

/// What is tuned.
public struct Recipe: Hashable, Sendable {
  public var learningRate: Double
  public var schedule: Schedule.Decay
  /// Steps before the learning rate reaches its full height.
  public var warmup: Int

  public init(learningRate: Double, schedule: Schedule.Decay = .cosine, warmup: Int = 0) {
    self.learningRate = learningRate
    self.schedule = schedule
    self.warmup = warmup
  }
}

/// What every arm tries: each rate with each schedule and each warm-up.
public struct RecipeGrid: Hashable, Sendable, Encodable {
  public var learningRate: [Double]
  public var schedule: [Schedule.Decay]
  public var warmup: [Int]

  public init(
    learningRate: [Double], schedule: [Schedule.Decay] = [.cosine], warmup: [Int] = [0]
  ) {
    self.learningRate = learningRate
    self.schedule = schedule
    self.warmup = warmup
  }

  public var recipes: [Recipe] {
    schedule.flatMap { schedule in
      warmup.flatMap { warmup in
        learningRate.map { Recipe(learningRate: $0, schedule: schedule, warmup: warmup) }
      }
    }
  }
}

/// How all networks of a comparison are trained, the teacher too.
public struct SharedTraining: Hashable, Sendable, Encodable {
  public var optimizer: OptimizerSettings.Rule
  public var batchSize: Int
  public var momentum: Double
  /// The rule's usual one when nil.
  public var weightDecay: Double?
  public var labelSmoothing: Double
  public var augmentation: Augmentation
  /// In each run, besides the one of the network as it came.
  public var evaluations: Int

  public init(
    optimizer: OptimizerSettings.Rule = .sgd, batchSize: Int = 128, momentum: Double = 0.9,
    weightDecay: Double? = nil, labelSmoothing: Double = 0, augmentation: Augmentation = .none,
    evaluations: Int = 10
  ) {
    self.optimizer = optimizer
    self.batchSize = batchSize
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.labelSmoothing = labelSmoothing
    self.augmentation = augmentation
    self.evaluations = evaluations
  }

  func options(
    steps: Int, _ recipe: Recipe, seed: UInt64, _ engine: ComparisonEngine
  ) -> TrainingOptions {
    let interval = max(1, steps / max(evaluations, 1))
    return TrainingOptions(
      budget: .steps(steps), batchSize: batchSize,
      optimizer: OptimizerSettings(
        optimizer, learningRate: recipe.learningRate, weightDecay: weightDecay,
        momentum: momentum),
      schedule: Schedule(recipe.schedule, warmupSteps: recipe.warmup),
      labelSmoothing: labelSmoothing, augmentation: augmentation, seed: seed,
      evaluationInterval: interval,
      // A line of the log before each evaluation tells how long the steps before it took.
      logInterval: interval, device: engine.device, checkpointInterval: max(interval, 100),
      threads: engine.threads)
  }
}
