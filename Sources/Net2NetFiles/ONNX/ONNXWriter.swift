internal import Foundation
internal import Net2Net
internal import OrderedCollections

/// The bytes of an ONNX file, piece by piece.
///
/// Lengths come first in protobuf, so the graph's is summed up from the parameters' shapes
/// before any parameter is evaluated.
struct ONNXWriter {
  private let model: [UInt8]
  private let graph: [UInt8]
  private let parameters: [Parameter]

  /// What protobuf allows one file to hold.
  private static let inlineLimit = Int(Int32.max)
  /// Parameters smaller than this stay in the model in any case: sizes and axes are among them.
  private static let smallestExternal = 1024

  init(_ export: GraphExport, metadata: OrderedDictionary<String, String>) {
    model = export.model(metadata: metadata).encoded
    graph = export.graph.encoded
    parameters = export.parameters
  }

  /// - Parameter limit: the size from which parameters go into a second file.
  func write(
    _ file: String, overwriting: Bool, limit: Int = inlineLimit
  ) throws(FilesError) {
    var staged = try staged(file, overwriting: overwriting, limit: limit)
    try staged.commit()
  }

  /// The network on the disk, without its name yet.
  func staged(
    _ file: String, overwriting: Bool, limit: Int = inlineLimit
  ) throws(FilesError) -> StagedNetwork {
    let tensors = parameters.map { EncodedTensor($0, location: nil) }
    guard tensors.reduce(head(of: tensors).count, { $0 + $1.byteCount }) <= limit else {
      return try stagedWithExternalData(file, overwriting: overwriting)
    }
    let model = try AtomicFile.staged(file, overwriting: overwriting) {
      (output) throws(FilesError) in
      try output.append(parts(of: tensors))
    }
    return StagedNetwork(model, dataFile: nil)
  }

  /// Hands over the bytes of a file that holds everything, in order.
  func writeInline<E: Error>(
    to append: (UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    for part in parts(of: parameters.map { EncodedTensor($0, location: nil) }) {
      switch part {
      case .bytes(let bytes): try bytes.span.bytes.withUnsafeBytes(append)
      case .parameter(let parameter): try parameter.tensor().withUnsafeBytes(append)
      }
    }
  }

  private func parts(of tensors: [EncodedTensor]) -> [FilePart] {
    [.bytes(head(of: tensors))]
      + tensors.flatMap { tensor in
        [.bytes(tensor.header)] + (tensor.inlineParameter.map { [.parameter($0)] } ?? [])
      }
  }

  /// All that comes before the tensors.
  private func head(of tensors: [EncodedTensor]) -> [UInt8] {
    var head = model
    head.appendTag(7, length: tensors.reduce(graph.count) { $0 + $1.byteCount })
    return head + graph
  }

  /// The data file is in place before the model that names it, under a name of its own: whatever
  /// stands there meanwhile, each model names the data that it was written with.
  private func stagedWithExternalData(
    _ file: String, overwriting: Bool
  ) throws(FilesError) -> StagedNetwork {
    // Nothing is written where the model itself could not be.
    let target = try OutputTarget(file, overwriting: overwriting)
    var layout = ExternalLayout()
    for parameter in parameters { layout.add(parameter, from: Self.smallestExternal) }
    // As long as the name will be, so that one that is too long is refused before the work.
    let place = DataFileName(of: target.path, digest: String(repeating: "0", count: 64))
    var dataTarget = try OutputTarget(place.path, overwriting: true)
    dataTarget.replaced = target.replaced
    var data = try AtomicFile.staged(at: dataTarget, overwriting: true) {
      (output) throws(FilesError) in
      try output.append(layout.parts)
    }
    let name = DataFileName(
      of: target.path, digest: try Digest(ofFile: data.temporary).description)
    let tensors = zip(parameters, layout.offsets).map { parameter, offset in
      EncodedTensor(parameter, location: offset.map { (name.name, $0) })
    }
    let model = try AtomicFile.staged(file, overwriting: overwriting) {
      (output) throws(FilesError) in
      try output.append(parts(of: tensors))
    }
    let isThere = access(name.path, F_OK) == 0
    try data.commit(as: name.name)
    return StagedNetwork(model, dataFile: name, sharesData: isThere)
  }
}

/// Which parameters lie in the data file, and where.
private struct ExternalLayout {
  private(set) var parts: [FilePart] = []
  /// Nil for a parameter that stays in the model.
  private(set) var offsets: [Int?] = []
  private var end = 0

  private static let alignment = 4096

  mutating func add(_ parameter: Parameter, from smallest: Int) {
    guard parameter.byteCount >= smallest else { return offsets.append(nil) }
    let padding = (0 - end) & (Self.alignment - 1)
    parts.append(.bytes([UInt8](repeating: 0, count: padding)))
    parts.append(.parameter(parameter))
    offsets.append(end + padding)
    end += padding + parameter.byteCount
  }
}

/// An initializer as a field of the graph; its elements follow the header, or lie elsewhere.
private struct EncodedTensor {
  let header: [UInt8]
  /// Nil when the elements lie elsewhere.
  let inlineParameter: Parameter?

  var byteCount: Int { header.count + (inlineParameter?.byteCount ?? 0) }

  init(_ parameter: Parameter, location: (file: String, offset: Int)?) {
    var proto = ONNXTensorProto()
    proto.dims = parameter.shape.sizes.map { Int64($0) }
    proto.dataType = parameter.elementType.onnxCode
    proto.name = parameter.name
    var rawHeader: [UInt8] = []
    if let location {
      proto.dataLocation = .external
      proto.externalData = [
        ("location", location.file), ("offset", String(location.offset)),
        ("length", String(parameter.byteCount)),
      ].map { key, value in
        var entry = ONNXStringStringEntryProto()
        entry.key = key
        entry.value = value
        return entry
      }
    } else {
      rawHeader.appendTag(9, length: parameter.byteCount)
    }
    let fields = proto.encoded + rawHeader
    inlineParameter = location == nil ? parameter : nil
    var header: [UInt8] = []
    header.appendTag(5, length: fields.count + (location == nil ? parameter.byteCount : 0))
    self.header = header + fields
  }
}

extension [UInt8] {
  /// The beginning of a length-delimited protobuf field.
  fileprivate mutating func appendTag(_ field: UInt8, length: Int) {
    append(field << 3 | 2)
    var rest = UInt64(length)
    while rest >= 0x80 {
      append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }
}
