import Foundation

/// `make bench`. Prints; asserts nothing.
@main
enum Benchmarks {
  static func main() throws {
    try TrainingSteps(threads: 2, rounds: 11).run()
  }
}
