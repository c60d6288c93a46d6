internal import Net2Net
internal import OrderedCollections

/// What surrounds the nodes: operator sets, initializers, inputs, outputs, metadata.
extension GraphImport {
  mutating func addInitializer(_ stored: StoredTensor) throws(FilesError) {
    let name = stored.proto.name
    guard !name.isEmpty else { throw malformed("an initializer", "a name", "none") }
    let part = "tensor \"\(name)\""
    try addParameter(
      name, try tensors.tensor(stored.proto, raw: stored.raw, part: part))
  }

  mutating func inputs() throws(FilesError) -> [ValueDeclaration] {
    var inputs: [ValueDeclaration] = []
    for value in contents.graph.input where parameters[value.name] == nil {
      let type = try TensorType(value, file: file)
      guard types.updateValue(type, forKey: value.name) == nil else {
        throw malformed("input \"\(value.name)\"", "one of its name", "several")
      }
      inputs.append(ValueDeclaration(value.name, type))
    }
    return inputs
  }

  func outputs(_ types: ValueTypes) throws(FilesError) -> [ValueDeclaration] {
    var outputs: [ValueDeclaration] = []
    for value in contents.graph.output {
      // Exporters may leave an output's shape open; then what was inferred stands.
      if let type = declared[value.name] ?? types[value.name] {
        outputs.append(ValueDeclaration(value.name, type))
      } else {
        outputs.append(ValueDeclaration(value.name, try TensorType(value, file: file)))
      }
    }
    return outputs
  }

  func metadata() -> OrderedDictionary<String, String> {
    OrderedDictionary(
      contents.model.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }

  static func versions(of contents: ONNXContents) throws(FilesError) -> [String: Int] {
    var versions: [String: Int] = [:]
    for entry in contents.model.opsetImport {
      let domain = entry.domain == "ai.onnx" ? "" : entry.domain
      guard versions.updateValue(Int(entry.version), forKey: domain) == nil else {
        throw .malformed(
          file: contents.file, part: "the model", expected: "one import of \"\(domain)\"",
          found: "several")
      }
    }
    guard let version = versions[""] else { return versions }
    guard (oldestVersion...newestVersion).contains(version) else {
      throw .unsupported(
        file: contents.file, part: "the model", found: "it uses ONNX operator set \(version)",
        remedy: "sets \(oldestVersion) to \(newestVersion) are known; convert it with "
          + "onnx.version_converter")
    }
    return versions
  }

  static let oldestVersion = 7
  static let newestVersion = 27
}
