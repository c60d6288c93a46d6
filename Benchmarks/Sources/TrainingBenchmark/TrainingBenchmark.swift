import Net2NetTorch

/// Prints; asserts nothing. `--device cuda` first, or nothing for the CPU; then architectures, all
/// that have a peer when none.
@main
enum TrainingBenchmark {
  static func main() throws {
    var words = Array(CommandLine.arguments.dropFirst())
    if let worker = Worker(words) { return try worker.run() }
    var device = Device.cpu
    if words.first == "--device" {
      guard words.count > 1, let named = Device(rawValue: words[1]) else {
        return print("--device: cpu, cuda or mps expected")
      }
      device = named
      words.removeFirst(2)
    }
    try TrainingSteps(device: device, threads: 2, rounds: 5).run { example in
      words.isEmpty || words.contains(example.architecture.rawValue)
    }
  }
}
