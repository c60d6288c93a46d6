internal import Net2Net

// As plans hold it, beside other keys:
//
//     optimizerState: carried      # or: forgotten
//     relaxSteps: 500              # never, or 0

extension StateGrowth {
  static let keys = ["optimizerState", "relaxSteps"]

  /// - Parameter place: of the keys, for errors.
  init(
    in container: StrictContainer, _ place: String, unlessGiven usual: StateGrowth = StateGrowth()
  ) throws {
    self = usual
    switch try container.value("optimizerState", "carried or forgotten", as: String.self) {
    case nil: break
    case "carried": carriesState = true
    case "forgotten": carriesState = false
    case let name?:
      throw NetworkError.unknownChoice(
        "optimizerState", name, known: ["carried", "forgotten"])
    }
    let expected = "a number of steps, or never"
    // YAML's numbers are words too, so numbers come first.
    if let steps = try? container.value("relaxSteps", expected, as: Int.self) {
      guard steps >= 0 else {
        throw NetworkError.invalidValue(
          "\(place): relaxSteps", found: "\(steps)", expected: "0 or more, or never")
      }
      relaxation = steps == 0 ? nil : .steps(steps)
    } else if let word: String = try container.value("relaxSteps", expected) {
      guard word == "never" else {
        throw NetworkError.invalidValue("\(place): relaxSteps", found: word, expected: expected)
      }
      relaxation = .never
    }
  }

  func encode(in container: inout KeyedEncodingContainer<StrictContainer.Key>) throws {
    switch relaxation {
    case .never: try container.encode("never", forKey: .init("relaxSteps"))
    case .steps(let steps): try container.encode(steps, forKey: .init("relaxSteps"))
    case nil: try container.encode(0, forKey: .init("relaxSteps"))
    }
    try container.encode(
      carriesState ? "carried" : "forgotten", forKey: .init("optimizerState"))
  }
}
