package import Net2Net

/// What each of the 256 values of a pixel becomes, channel after channel: a look-up for each pixel
/// in place of arithmetic.
package struct PixelTable: Sendable {
  private let table: [Float]

  package init(_ normalization: Normalization) { table = normalization.table }

  /// Writes an image, (channel, row, column), changed and normalised. What comes from outside of it
  /// is black.
  package func write(
    _ pixels: UnsafeRawBufferPointer, _ shape: Shape,
    into target: UnsafeMutableBufferPointer<Float>, _ change: Augmentation.Change
  ) {
    let (height, width) = (shape[1], shape[2])
    let visible = change.visibleColumns(width: width)
    table.withUnsafeBufferPointer { table in
      for row in 0..<pixels.count / width {
        let values = UnsafeBufferPointer(rebasing: table[(row / height * 256)...])
        let start = row * width
        let sourceRow = row % height - change.down
        let shown = (0..<height).contains(sourceRow) ? visible : 0..<0
        for column in 0..<shown.lowerBound { target[start + column] = values[0] }
        for column in shown.upperBound..<width { target[start + column] = values[0] }
        var source =
          start - change.down * width + change.sourceColumn(shown.lowerBound, width: width)
        let step = change.isFlipped ? -1 : 1
        for column in shown {
          target[start + column] = values[Int(pixels[source])]
          source += step
        }
      }
    }
  }
}
