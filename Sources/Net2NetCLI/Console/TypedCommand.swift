/// The command line, as a shell takes it again.
var typedCommand: String {
  (["net2net"] + CommandLine.arguments.dropFirst()).map(\.shellWord).joined(separator: " ")
}

extension String {
  /// As a shell takes it for one word. By bytes, as the shell does: a mark that joins the quote before
  /// it must not hide that one.
  var shellWord: String {
    let isPlain =
      !isEmpty
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-_./=:,+@%".utf8.contains(byte)
        }
      }
    guard !isPlain else { return self }
    var word = "'"
    for scalar in unicodeScalars {
      if scalar == "'" { word += "'\\''" } else { word.unicodeScalars.append(scalar) }
    }
    return word + "'"
  }
}
