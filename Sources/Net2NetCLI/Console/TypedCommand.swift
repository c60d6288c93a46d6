/// The command line, as a shell takes it again.
var typedCommand: String {
  (["net2net"] + CommandLine.arguments.dropFirst()).map(quoted).joined(separator: " ")
}

private func quoted(_ word: String) -> String {
  let isPlain =
    !word.isEmpty
    && word.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0))
    }
  return isPlain
    ? word
    : "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
}
