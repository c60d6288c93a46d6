internal import Net2Net

// Comparisons as text. In YAML:
//
//     name: Net2WiderNet on convnet
//     seeds: [1, 2, 3]
//     measure: accuracy                # or: loss
//     margin: 0.005                    # the first goal: the teacher's accuracy and so much
//     data: {training: 20000, validation: 5000, test: 10000}
//     teacher:
//       architecture: convnet          # or: network: FILE, which may be without training
//       widthFactor: 0.5
//       training: {steps: 400, learningRate: 0.05, schedule: cosine}
//     student:
//       - growths: [{widen: {all: 2x}}]
//     training: {optimizer: sgd, batchSize: 128, evaluations: 10}
//     budgets: [150, 300, 600]
//     grid: {learningRate: [0.02, 0.05, 0.1]}
//     arms:
//       - student
//       - scratch
//       - randomPad
//       - teacher
//       - {name: noise, like: student, symmetry: noise, strength: 0.02}
//
// Several growths in a row: all but the last have the training that follows them.

extension ComparisonPlan: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "comparison",
      known: [
        "name", "seeds", "measure", "margin", "data", "teacher", "student", "training", "scratch",
        "arms", "budgets", "grid",
      ])
    self.init(
      name: try container.required("name", "what the comparison is called"),
      seeds: try container.value("seeds", "a list of whole numbers") ?? [1],
      measure: try container.choice("measure") ?? .accuracy,
      margin: try container.value("margin", "a number of 0 or more") ?? 0,
      data: try container.value("data", "numbers of samples") ?? SampleCounts(),
      teacher: try container.required("teacher", "a network and its training"),
      student: try container.required("student", "a list of growths in a row"),
      training: try container.value("training", "a dictionary") ?? SharedTraining(),
      scratch: try container.value("scratch", "an architecture, or network: FILE"),
      arms: try container.value("arms", "a list of arms") ?? Arm.usual,
      budgets: try container.required("budgets", "a list of numbers of steps"),
      grid: try container.required("grid", "a dictionary with learningRate"))
    try validate()
  }
}

extension StrictContainer {
  /// A member of a closed set by its name.
  fileprivate func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, as: Choice.Type = Choice.self
  ) throws -> Choice? {
    try value(key, "a name", as: String.self).map { try Self.choice(key, $0) }
  }

  fileprivate static func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, _ name: String
  ) throws -> Choice {
    guard let choice = Choice(rawValue: name) else {
      throw NetworkError.unknownChoice(key, name, known: Choice.allCases.map(\.rawValue))
    }
    return choice
  }
}

extension ComparisonPlan.SampleCounts {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "data", known: ["training", "validation", "test"])
    let count = "a number of samples"
    self.init(
      training: try container.value("training", count),
      validation: try container.value("validation", count),
      test: try container.value("test", count))
  }
}

extension NetworkChoice: Codable {
  fileprivate static let keys = ["architecture", "widthFactor", "depth", "network"]

  public init(from decoder: any Decoder) throws {
    try self.init(in: StrictContainer(decoder, place: "scratch", known: Self.keys), "scratch")
  }

  fileprivate init(in container: StrictContainer, _ place: String) throws {
    let architecture: Architecture? = try container.choice("architecture")
    let file: String? = try container.value("network", "an ONNX file")
    switch (architecture, file) {
    case (let architecture?, nil):
      self = .built(
        architecture, widthFactor: try container.value("widthFactor", "a number above 0") ?? 1,
        depth: try container.value("depth", "a whole number"))
    case (nil, let file?): self = .file(file)
    default:
      throw NetworkError.invalidValue(
        place, found: file == nil ? "neither" : "both", expected: "either architecture or network")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try encode(in: &container)
  }

  fileprivate func encode(in container: inout KeyedEncodingContainer<StrictContainer.Key>) throws {
    switch self {
    case .file(let file): try container.encode(file, forKey: .init("network"))
    case .built(let architecture, let widthFactor, let depth):
      try container.encode(architecture, forKey: .init("architecture"))
      try container.encode(widthFactor, forKey: .init("widthFactor"))
      try container.encodeIfPresent(depth, forKey: .init("depth"))
    }
  }
}

extension ComparisonPlan.Teacher: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "teacher", known: NetworkChoice.keys + ["training"])
    self.init(
      try NetworkChoice(in: container, "teacher"),
      training: try container.value("training", "steps and learningRate"))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try network.encode(in: &container)
    try container.encodeIfPresent(training, forKey: .init("training"))
  }
}

extension ComparisonPlan.Stage: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "student", known: ["growths", "training"])
    self.init(
      try container.required("growths", "a list of growths"),
      training: try container.value("training", "steps and learningRate"))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(growths, forKey: .init("growths"))
    try container.encodeIfPresent(training, forKey: .init("training"))
  }
}

extension Recipe: Codable {
  fileprivate static let keys = ["learningRate", "schedule", "warmup"]

  public init(from decoder: any Decoder) throws {
    try self.init(in: StrictContainer(decoder, place: "recipe", known: Self.keys))
  }

  fileprivate init(in container: StrictContainer) throws {
    self.init(
      learningRate: try container.required("learningRate", "a number above 0"),
      schedule: try container.choice("schedule") ?? .cosine,
      warmup: try container.value("warmup", "a number of steps") ?? 0)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try encode(in: &container)
  }

  fileprivate func encode(in container: inout KeyedEncodingContainer<StrictContainer.Key>) throws {
    try container.encode(learningRate, forKey: .init("learningRate"))
    try container.encode(schedule, forKey: .init("schedule"))
    try container.encode(warmup, forKey: .init("warmup"))
  }
}

extension ComparisonPlan.Stint: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "training", known: ["steps"] + Recipe.keys)
    self.init(
      steps: try container.required("steps", "a number of steps"),
      recipe: try Recipe(in: container))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(steps, forKey: .init("steps"))
    try recipe.encode(in: &container)
  }
}

extension RecipeGrid: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(decoder, place: "grid", known: Recipe.keys)
    self.init(
      learningRate: try container.required("learningRate", "a list of numbers"),
      schedule: try container.list("schedule", "a list of names")?
        .map { try StrictContainer.choice("schedule", $0) } ?? [.cosine],
      warmup: try container.value("warmup", "a list of numbers of steps") ?? [0])
  }
}

extension SharedTraining: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "training",
      known: [
        "optimizer", "batchSize", "momentum", "weightDecay", "labelSmoothing", "augmentation",
        "evaluations",
      ])
    self.init()
    optimizer = try container.choice("optimizer") ?? optimizer
    batchSize = try container.value("batchSize", "a number of samples") ?? batchSize
    momentum = try container.value("momentum", "a number") ?? momentum
    weightDecay = try container.value("weightDecay", "a number")
    labelSmoothing = try container.value("labelSmoothing", "a share") ?? labelSmoothing
    augmentation =
      try container.value("augmentation", "a dictionary", as: PlannedAugmentation.self)?
      .augmentation ?? augmentation
    evaluations = try container.value("evaluations", "a number of 1 or more") ?? evaluations
  }
}

/// An augmentation of a plan, where a misspelt key is an error and not nothing.
private struct PlannedAugmentation: Decodable {
  let augmentation: Augmentation

  init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "augmentation", known: ["cropPadding", "flips", "cutout", "mixup"])
    augmentation = Augmentation(
      cropPadding: try container.value("cropPadding", "a number of pixels") ?? 0,
      flips: try container.value("flips", "true or false") ?? false,
      cutout: try container.value("cutout", "a number of pixels") ?? 0,
      mixup: try container.value("mixup", "a number") ?? 0)
  }
}

extension Arm: Codable {
  private static let keys =
    ["name", "like", "symmetry", "strength", "map"] + StateGrowth.keys

  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self.init(try StrictContainer.choice("arm", name))
      return
    }
    let container = try StrictContainer(decoder, place: "arm", known: Self.keys)
    guard let kind: Kind = try container.choice("like") else {
      throw NetworkError.invalidValue(
        "arm: like", found: "nothing", expected: "student, scratch, randomPad, teacher or stack")
    }
    self.init(
      kind, name: try container.value("name", "a name"),
      state: try StateGrowth(in: container, "arm", unlessGiven: Self.stateless))
    let strength: Double? = try container.value("strength", "a number")
    if let name: String = try container.value("symmetry", "a name") {
      symmetry = try Symmetry(name: name, strength: strength)
    } else if strength != nil {
      throw NetworkError.invalidValue(
        "arm: strength", found: "no symmetry", expected: "a symmetry beside it")
    }
    map = try container.choice("map")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(name, forKey: .init("name"))
    try container.encode(kind, forKey: .init("like"))
    try container.encodeIfPresent(symmetry?.name, forKey: .init("symmetry"))
    try container.encodeIfPresent(symmetry?.strength, forKey: .init("strength"))
    try container.encodeIfPresent(map, forKey: .init("map"))
    try state.encode(in: &container)
  }
}
