/// Prints; asserts nothing.
@main
enum TrainingBenchmark {
  static func main() throws {
    try TrainingSteps(threads: 2, rounds: 11).run()
  }
}
