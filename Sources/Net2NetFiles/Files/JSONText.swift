internal import Foundation

/// A value as JSON for people and for programs: keys sorted, two spaces, the same bytes every time.
/// It can be shown anywhere: what steers terminals is escaped (``Swift/StringProtocol/visible(keepingLines:)``).
package func json(_ value: some Encodable, isOneLine: Bool = false) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if !isOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// The encoder escapes what JSON asks for, control characters below the space. Others can only be
/// inside of strings, where an escape says the same.
private func escaped(_ json: String) -> String {
  func isPlain(_ scalar: Unicode.Scalar) -> Bool { !scalar.isInstruction || scalar == "\n" }
  guard !json.unicodeScalars.allSatisfy(isPlain) else { return json }
  var escaped = ""
  for scalar in json.unicodeScalars {
    if isPlain(scalar) {
      escaped.unicodeScalars.append(scalar)
    } else {
      let digits = String(scalar.value, radix: 16)
      escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
  return escaped
}
