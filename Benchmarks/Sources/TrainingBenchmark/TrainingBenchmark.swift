/// Prints; asserts nothing. Arguments choose architectures; all that have a peer when none.
@main
enum TrainingBenchmark {
  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    if let worker = Worker(words) { return try worker.run() }
    try TrainingSteps(threads: 2, rounds: 5).run { example in
      words.isEmpty || words.contains(example.architecture.rawValue)
    }
  }
}
