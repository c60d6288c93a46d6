internal import Foundation
public import Net2Net

extension Network {
  /// Reads an ONNX file, operator sets 7 and later.
  ///
  /// Nodes that are not understood are kept as opaque operators. Parameters share the file's
  /// bytes; tensors in external files beside the model are found by the format's rules, never
  /// outside the model's directory.
  ///
  /// - Parameter file: a path.
  /// - Throws: ``FilesError`` for a file that is missing, damaged, not ONNX, or whose graph does
  ///   not fit together.
  public init(onnx file: String) throws(FilesError) {
    var graph = try GraphImport(try ONNXContents(of: file))
    self = try graph.network()
  }

  /// Writes an ONNX file, operator set 20, whole or not at all.
  ///
  /// Pending rewrites are carried out one parameter at a time. The same network gives the same
  /// bytes. Beyond 2 GiB, which no protobuf file may reach, parameters go into a file beside it,
  /// named by its contents: `<file>.<16 hexadecimal digits>.data`. That of a network that is
  /// overwritten is removed.
  ///
  /// - Throws: ``FilesError/alreadyExists(file:)`` unless `overwriting`;
  ///   ``FilesError/invalidNetwork(file:_:)`` before anything is written;
  ///   ``FilesError/unwritable(file:reason:)``.
  public func writeONNX(to file: String, overwriting: Bool = false) throws(FilesError) {
    var staged = try stagedONNX(for: file, overwriting: overwriting)
    try staged.commit()
  }

  /// As ``writeONNX(to:overwriting:)``, but the file has its name only once it is committed.
  package func stagedONNX(
    for file: String, overwriting: Bool
  ) throws(FilesError) -> StagedNetwork {
    let export: GraphExport
    do {
      export = try GraphExport(of: self)
    } catch {
      throw .invalidNetwork(file: file, error)
    }
    return try ONNXWriter(export, metadata: metadataWithOrigins(file)).staged(
      file, overwriting: overwriting)
  }
}
