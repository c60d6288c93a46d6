internal import Foundation
internal import Net2Net

/// A value as JSON for people and for programs: keys sorted, two spaces, the same bytes every time.
/// It can be shown anywhere: what steers terminals is escaped.
package func json(_ value: some Encodable, isOneLine: Bool = false) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if !isOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  // The encoder escapes what JSON asks for. Other characters that steer terminals can only be inside
  // of strings, where an escape says the same.
  return String(decoding: try encoder.encode(value), as: UTF8.self).printable
}
