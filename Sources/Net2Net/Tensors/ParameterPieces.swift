/// A parameter's values, to be had piece by piece and by several threads at once.
///
/// Whoever only passes the values on, to a file say, needs memory for a few pieces instead of for
/// the tensor, and each piece is still in a core's cache when it is passed on.
package struct ParameterPieces: Sendable {
  /// In bytes, of the tensor.
  package let pieces: [Range<Int>]
  private let source: Source
  private let elementSize: Int

  private enum Source {
    case tensor(Tensor)
    case rewrite(PreparedRewrite)
  }

  private static let pieceSize = 1 << 18

  package init(of parameter: Parameter) {
    let size = parameter.elementType.byteCount
    elementSize = size
    if let prepared = parameter.preparedRewrite() {
      source = .rewrite(prepared)
      pieces = (0..<prepared.pieceCount).map {
        let elements = prepared.piece($0)
        return elements.lowerBound * size..<elements.upperBound * size
      }
    } else {
      let tensor = parameter.tensor()
      source = .tensor(tensor)
      pieces = stride(from: 0, to: tensor.byteCount, by: Self.pieceSize).map {
        $0..<min($0 + Self.pieceSize, tensor.byteCount)
      }
    }
  }

  /// - Parameter piece: one of ``pieces``.
  package func withBytes<R, E: Error>(
    of piece: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    switch source {
    case .tensor(let tensor):
      return try tensor.withUnsafeBytes { (bytes) throws(E) in
        try body(UnsafeRawBufferPointer(rebasing: bytes[piece]))
      }
    case .rewrite(let rewrite):
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 64)
      defer { bytes.deallocate() }
      rewrite.write(
        piece.lowerBound / elementSize..<piece.upperBound / elementSize, to: bytes)
      return try body(UnsafeRawBufferPointer(bytes))
    }
  }
}
