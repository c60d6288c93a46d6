internal import Net2Net
internal import OrderedCollections

/// Writes the header from the parameters' shapes, then one parameter after the other.
struct SafetensorsWriter {
  private let parameters: [Parameter]
  private let metadata: OrderedDictionary<String, String>

  init(_ parameters: [Parameter], metadata: OrderedDictionary<String, String>) {
    let order = Dictionary(
      uniqueKeysWithValues: SafetensorsType.allCases.enumerated().map { ($1, $0) })
    func key(_ parameter: Parameter) -> Int {
      order[SafetensorsType(parameter.elementType), default: 0]
    }
    self.parameters = parameters.sorted {
      key($0) == key($1)
        ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : key($0) < key($1)
    }
    self.metadata = metadata
  }

  func write(_ file: String, overwriting: Bool) throws(FilesError) {
    var staged = try staged(file, overwriting: overwriting)
    try staged.commit()
  }

  /// The file on the disk, without its name yet.
  func staged(_ file: String, overwriting: Bool) throws(FilesError) -> AtomicFile {
    guard !parameters.contains(where: { $0.name == "__metadata__" }) else {
      throw .unsupported(
        file: file, part: "tensor \"__metadata__\"", found: "the format keeps this name for itself",
        remedy: "give the tensor another name")
    }
    return try AtomicFile.staged(file, overwriting: overwriting) { (output) throws(FilesError) in
      try output.append([.bytes(header)] + parameters.map(FilePart.parameter))
    }
  }

  /// The length and the JSON text, padded with spaces so that the tensors begin at a multiple
  /// of eight bytes.
  private var header: [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let entries = metadata.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      members.append("\"__metadata__\":{\(entries.joined(separator: ","))}")
    }
    var offset = 0
    for parameter in parameters {
      let shape = parameter.shape.sizes.map(String.init).joined(separator: ",")
      let end = offset + parameter.byteCount
      members.append(
        Self.quoted(parameter.name)
          + ":{\"dtype\":\"\(SafetensorsType(parameter.elementType))\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    json += [UInt8](repeating: UInt8(ascii: " "), count: (0 - json.count) & 7)
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\u{8}": quoted += "\\b"
      case "\u{C}": quoted += "\\f"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
