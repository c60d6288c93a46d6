public import Net2Net
public import OrderedCollections

/// Tensors by name, as a safetensors file holds them.
public struct StateDictionary: Sendable {
  /// In the order of the file's header.
  public var tensors: OrderedDictionary<String, Tensor>
  /// Free text of the file.
  public var metadata: OrderedDictionary<String, String>

  public init(
    _ tensors: OrderedDictionary<String, Tensor>, metadata: OrderedDictionary<String, String> = [:]
  ) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads a safetensors file; the tensors share its bytes.
  ///
  /// - Throws: ``FilesError`` for a file that is missing, damaged or another kind, and for
  ///   element types that tensors do not have here (8-bit and smaller floats, complex numbers).
  public init(safetensors file: String) throws(FilesError) {
    let contents = try FileContents(of: file)
    let header = try SafetensorsHeader(of: contents)
    metadata = header.metadata
    tensors = [:]
    for entry in header.entries {
      guard let type = entry.type.elementType else {
        throw .unsupported(
          file: file, part: "tensor \"\(entry.name)\"", found: "elements of type \(entry.type)",
          remedy: "convert them to F32, F16 or BF16")
      }
      tensors[entry.name] = Tensor(
        elementType: type, shape: entry.shape, storage: contents.bytes,
        byteOffset: header.dataOffset + entry.range.lowerBound)
    }
  }

  /// Writes a safetensors file, whole or not at all, as the reference implementation would:
  /// larger element types first, then by name.
  ///
  /// - Throws: ``FilesError/alreadyExists(file:)`` unless `overwriting`;
  ///   ``FilesError/unwritable(file:reason:)``.
  public func writeSafetensors(
    to file: String, overwriting: Bool = false
  ) throws(FilesError) {
    let parameters = tensors.map { Parameter(name: $0.key, tensor: $0.value) }
    try SafetensorsWriter(parameters, metadata: metadata).write(file, overwriting: overwriting)
  }
}

extension Network {
  /// Writes all parameters as a safetensors file, pending rewrites carried out one at a time.
  public func writeSafetensors(
    to file: String, overwriting: Bool = false
  ) throws(FilesError) {
    try SafetensorsWriter(Array(parameters.values), metadata: metadata)
      .write(file, overwriting: overwriting)
  }

  /// As ``writeSafetensors(to:overwriting:)``, but the file has its name only once it is committed.
  package func stagedSafetensors(
    for file: String, overwriting: Bool
  ) throws(FilesError) -> AtomicFile {
    try SafetensorsWriter(Array(parameters.values), metadata: metadata)
      .staged(file, overwriting: overwriting)
  }
}
