import ArgumentParser
import Foundation
import Net2NetFiles

/// Parses, runs, and turns whatever is thrown into a sentence and an exit code: 0 done,
/// 1 failed, 2 wrong usage, 3 a verification found a difference.
@main
enum EntryPoint {
  static func main() {
    if let sentence = unreadableArgument() {
      complain(sentence)
      exit(2)
    }
    PatientThreads.arrange()
    // A file that may not grow any further is then an error of its write, which has a sentence.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try Net2NetCommand.parseAsRoot()
      try command.run()
    } catch {
      exit(report(error))
    }
  }

  /// Swift repairs what is no UTF-8 without a word, and a repaired path is another one.
  private static func unreadableArgument() -> String? {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let bytes = CommandLine.unsafeArgv[index],
        String(validatingCString: bytes) == nil
      else { continue }
      return "argument \(index), \"\(String(cString: bytes))\": UTF-8 expected, other bytes found; "
        + "rename the file, or set the terminal to UTF-8"
    }
    return nil
  }

  private static func report(_ error: any Error) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }  // All has been said.
    switch Net2NetCommand.exitCode(for: error) {
    case .success:  // --help and --version come this way
      print(Net2NetCommand.fullMessage(for: error))
      return 0
    case .validationFailure:
      let message = Net2NetCommand.fullMessage(for: error)
      let prefix = "Error: "
      complain(message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message)
      return 2
    default:
      complain("\(error)")
      return (error as? CommandError)?.exitCode ?? 1
    }
  }

  private static func complain(_ sentence: String) {
    FileHandle.standardError.say("net2net: \(sentence)\n")
  }
}
