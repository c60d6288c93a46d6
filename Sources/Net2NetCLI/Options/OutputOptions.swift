import ArgumentParser
import Foundation

/// `-o FILE` and `--force`, for commands that write a network.
struct OutputOptions: ParsableArguments {
  @Option(name: [.customShort("o"), .long], help: "The ONNX file to write.")
  var output: String

  @Flag(help: "Overwrite what exists.")
  var force = false

  /// Refuses before any long work what would be refused after it.
  ///
  /// - Parameter companions: further files that the command writes beside its output.
  func check(companions: [String] = []) throws {
    if !force { try Self.check([output] + companions) }
  }

  /// - Throws: ``CommandError/outputExists(_:)`` for the first that exists.
  static func check(_ paths: [String]) throws {
    for path in paths where FileManager.default.fileExists(atPath: path) {
      throw CommandError.outputExists(path)
    }
  }
}
