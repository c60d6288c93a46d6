/// Prints; asserts nothing. Arguments choose architectures; all that have a peer when none.
@main
enum TrainingBenchmark {
  static func main() throws {
    let chosen = Set(CommandLine.arguments.dropFirst())
    try TrainingSteps(threads: 2, rounds: 5).run { architecture in
      chosen.isEmpty || chosen.contains(architecture.rawValue)
    }
  }
}
