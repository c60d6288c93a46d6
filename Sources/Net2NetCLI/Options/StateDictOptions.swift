import ArgumentParser
import Net2Net
import Net2NetFiles

/// `--state-dict` and `--names`: the way back to the program that trained the teacher.
struct StateDictOptions: ParsableArguments {
  @Option(help: "Also write the grown parameters as a safetensors file, for PyTorch.")
  var stateDict: String?

  @Option(
    help: """
      The checkpoint that the network was exported from, as safetensors: the state dict gets its \
      names and layouts. The file's own names unless given.
      """)
  var names: String?

  func validate() throws {
    guard stateDict != nil || names == nil else {
      throw ValidationError("--names is for --state-dict; give it too")
    }
  }

  /// What to write for a student; nil where nobody asked.
  func state(of student: Network, grownFrom teacher: Network) throws -> StateDictFile? {
    try stateDict.map { file in
      guard let names else { return StateDictFile(file: file, contents: .network(student)) }
      let checkpoint = try StateDictionary(safetensors: names)
      let state = try GrownState(of: student, grownFrom: teacher, names: checkpoint, file: names)
      return StateDictFile(file: file, contents: .grown(state))
    }
  }
}

/// A state dict about to be written.
struct StateDictFile {
  enum Contents {
    case network(Network)
    case grown(GrownState)
  }

  let file: String
  let contents: Contents

  func staged(overwriting: Bool) throws -> AtomicFile {
    switch contents {
    case .network(let network):
      try network.stagedSafetensors(for: file, overwriting: overwriting)
    case .grown(let state): try state.stagedSafetensors(for: file, overwriting: overwriting)
    }
  }

  /// `student.safetensors: 122 tensors`, then what is to be known of them.
  var summary: String {
    guard case .grown(let state) = contents else {
      return "\(file): the parameters under the network's own names"
    }
    return
      (["\(file): \(state.parameters.count) tensors under the checkpoint's names"]
      + state.notes.map { "  \($0)" }).joined(separator: "\n")
  }
}
