public import Net2Net

extension ComparisonPlan {
  /// - Throws: `NetworkError.invalidValue` for the first part that makes no comparison.
  public func validate() throws(NetworkError) {
    try require(!seeds.isEmpty, "seeds", "one or more", "none")
    try requireDistinct(seeds, "seeds")
    try require(margin >= 0 && margin.isFinite, "margin", "0 or more", margin)
    try require(
      [data.training, data.validation, data.test].allSatisfy { $0 ?? 1 >= 1 }, "data",
      "numbers of samples of 1 or more", "fewer")
    try validateTeacher()
    try validateStages()
    try require(!budgets.isEmpty && budgets.allSatisfy { $0 >= 1 }, "budgets", "steps", budgets)
    try requireDistinct(budgets, "budgets")
    try require(!grid.recipes.isEmpty, "grid", "one recipe or more", "none")
    try requireDistinct(grid.recipes.map(\.name), "grid")
    for recipe in grid.recipes { try validate(recipe, "grid") }
    try require(
      training.evaluations >= 1, "training: evaluations", "1 or more", training.evaluations)
    try require(training.batchSize >= 1, "training: batchSize", "1 or more", training.batchSize)
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
      // Names are names of folders.
      try require(
        !arm.name.isEmpty
          && arm.name.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) },
        "arm: name", "letters, digits, - and _", "\"\(arm.name)\"")
      try require(
        arm.kind == .student || arm.symmetry == nil && arm.map == nil, "arm \(arm.name)",
        "symmetry and map where like is student", "like: \(arm.kind.rawValue)")
      try require(
        arm.kind == .student || arm.kind == .teacher || arm.state == Arm.stateless,
        "arm \(arm.name)", "optimizerState where like is student or teacher",
        "like: \(arm.kind.rawValue)")
      try require(
        arm.kind != .stack || student.last?.growths.contains(where: \.isRepetition) == true,
        "arm \(arm.name)", "a repeat in the last growth, to be stacked", "none")
    }
    try require(
      arms.contains { $0.kind == .scratch } && arms.contains { $0.kind == .student }, "arms",
      "a student and a scratch at least", arms.map(\.name).joined(separator: ", "))
  }

  private func validate(_ stint: Stint, _ place: String) throws(NetworkError) {
    try require(stint.steps >= 1, "\(place): steps", "1 or more", stint.steps)
    try validate(stint.recipe, place)
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

extension Growth {
  fileprivate var isRepetition: Bool {
    if case .repeatBlock = self { true } else { false }
  }
}

extension Recipe {
  /// `0.05-cosine`, `0.05-cosine-warmup-20`: tells recipes apart, as names of files too.
  public var name: String {
    "\(learningRate)-\(schedule.rawValue)" + (warmup > 0 ? "-warmup-\(warmup)" : "")
  }
}
