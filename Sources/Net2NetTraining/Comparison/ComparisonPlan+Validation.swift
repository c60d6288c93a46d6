public import Net2Net

extension ComparisonPlan {
  /// - Throws: `NetworkError.invalidValue` for the first part that makes no comparison.
  public func validate() throws(NetworkError) {
    try require(!seeds.isEmpty, "seeds", "one or more", "none")
    try requireDistinct(seeds, "seeds")
    try require(margin >= 0 && margin.isFinite, "margin", "0 or more", margin)
    let most = TrainingOptions.largestCount
    for count in [data.training, data.validation, data.test].compactMap(\.self) {
      try require(count >= 1, "data", "numbers of samples of 1 or more", count)
      try require(count <= most, "data", "at most \(most) samples", count)
    }
    try validateTeacher()
    try validateStages()
    try require(!budgets.isEmpty && budgets.allSatisfy { $0 >= 1 }, "budgets", "steps", budgets)
    try requireDistinct(budgets, "budgets")
    try require(!grid.recipes.isEmpty, "grid", "one recipe or more", "none")
    try requireDistinct(grid.recipes.map(\.name), "grid")
    for recipe in grid.recipes { try validate(recipe, "grid") }
    try require(
      training.evaluations >= 1, "training: evaluations", "1 or more", training.evaluations)
    try require(
      training.evaluations <= TrainingOptions.largestCount, "training: evaluations",
      "at most \(TrainingOptions.largestCount)", training.evaluations)
    try require(training.batchSize >= 1, "training: batchSize", "1 or more", training.batchSize)
    for recipe in grid.recipes {
      for steps in budgets { try validate(Stint(steps: steps, recipe: recipe), "grid") }
    }
    try validateArms()
  }

  private func validateTeacher() throws(NetworkError) {
    guard let stint = teacher.training else {
      guard case .built = teacher.network else { return }
      throw .invalidValue(
        "teacher: training", found: "nothing", expected: "steps and learningRate, to learn by")
    }
    try validate(stint, "teacher")
  }

  private func validateStages() throws(NetworkError) {
    try require(!student.isEmpty, "student", "one growth or more", "none")
    for (index, stage) in student.enumerated() {
      let place = "student: growth \(index + 1)"
      try require(!stage.growths.isEmpty, place, "one growth or more", "none")
      let isLast = index == student.count - 1
      try require(
        isLast == (stage.training == nil), "\(place): training",
        isLast ? "none, for the comparison follows the last growth" : "what follows this growth",
        isLast ? "some" : "none")
      if let stint = stage.training { try validate(stint, place) }
    }
  }

  private func validateArms() throws(NetworkError) {
    try requireDistinct(arms.map(\.name), "arms")
    for arm in arms {
      try asPlan("arm \(arm.name)") { () throws(TrainingError) in
        try arm.state.validate("optimizer state")
      }
      // Names are names of folders.
      try require(
        !arm.name.isEmpty && arm.name.unicodeScalars.allSatisfy(Self.isOfNames),
        "arm: name", "letters, digits, - and _", "\"\(arm.name)\"")
      try require(
        arm.kind == .student || arm.symmetry == nil && arm.map == nil, "arm \(arm.name)",
        "symmetry and map where like is student", "like: \(arm.kind.rawValue)")
      try require(
        arm.kind == .student || arm.kind == .teacher || arm.state == Arm.stateless,
        "arm \(arm.name)", "optimizerState where like is student or teacher",
        "like: \(arm.kind.rawValue)")
      try require(
        arm.kind != .stack || student.last?.growths.contains(where: \.repeatsBlocks) == true,
        "arm \(arm.name)", "a repeat in the last growth, to be stacked", "none")
    }
    try require(
      arms.contains { $0.kind == .scratch } && arms.contains { $0.kind == .student }, "arms",
      "a student and a scratch at least", arms.map(\.name).joined(separator: ", "))
  }

  /// By scalars, for a letter may join the slash after it to one character.
  private static func isOfNames(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark: true
    default:
      scalar == "-" || scalar == "_" || scalar.properties.isAlphabetic
        || scalar.properties.numericType != nil
    }
  }

  private func validate(_ stint: Stint, _ place: String) throws(NetworkError) {
    try require(stint.steps >= 1, "\(place): steps", "1 or more", stint.steps)
    try validate(stint.recipe, place)
    let options = training.options(
      steps: stint.steps, stint.recipe, seed: 0, ComparisonEngine())
    try asPlan(place) { () throws(TrainingError) in try options.validate() }
  }

  /// What would be refused once training begins is refused of the plan.
  private func asPlan(
    _ place: String, _ body: () throws(TrainingError) -> Void
  ) throws(NetworkError) {
    do { try body() } catch {
      guard case .option(let option, let expected, let found) = error else {
        throw .invalidValue(place, found: "\(error)", expected: "something to train by")
      }
      throw .invalidValue("\(place): \(option)", found: found, expected: expected)
    }
  }

  private func validate(_ recipe: Recipe, _ place: String) throws(NetworkError) {
    let rate = recipe.learningRate
    try require(rate > 0 && rate.isFinite, "\(place): learningRate", "a number above 0", rate)
    try require(recipe.warmup >= 0, "\(place): warmup", "0 steps or more", recipe.warmup)
  }

  private func require(
    _ condition: Bool, _ what: String, _ expected: String, _ found: some Any
  ) throws(NetworkError) {
    guard condition else { throw .invalidValue(what, found: "\(found)", expected: expected) }
  }

  private func requireDistinct<T: Hashable>(
    _ values: [T], _ what: String
  ) throws(NetworkError) {
    try require(
      Set(values).count == values.count, what, "each once",
      values.map { "\($0)" }.joined(separator: ", "))
  }
}

extension Recipe {
  /// `0.05-cosine`, `0.05-cosine-warmup-20`: tells recipes apart, as names of files too.
  public var name: String {
    "\(learningRate)-\(schedule.rawValue)" + (warmup > 0 ? "-warmup-\(warmup)" : "")
  }
}
