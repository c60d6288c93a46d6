import ArgumentParser

/// `-o FILE` and `--force`, for commands that write a network.
struct OutputOptions: ParsableArguments {
  @Option(name: [.customShort("o"), .long], help: "The ONNX file to write.")
  var output: String

  @Flag(help: "Overwrite what exists.")
  var force = false
}
