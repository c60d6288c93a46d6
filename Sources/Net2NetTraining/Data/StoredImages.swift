internal import Net2Net

/// Images in memory, as bytes, that become normalised numbers as they are shown.
struct StoredImages: Samples {
  /// 8-bit pixels, (image, channel, row, column).
  let pixels: Tensor
  var form = ImageForm.stored {
    didSet { resizing = Resizing(from: storedShape, to: shape) }
  }
  var normalization: Normalization {
    didSet { table = normalization.table }
  }
  /// The normalised value of each pixel value, channel after channel.
  private var table: [Float]
  /// Nil where images are shown as they are stored.
  private var resizing: Resizing?

  /// Normalised by what they are themselves until they are told otherwise.
  init(_ pixels: Tensor) {
    self.pixels = pixels
    normalization = Normalization(of: pixels)
    table = normalization.table
  }

  var count: Int { pixels.shape[0] }
  /// (channel, row, column)
  var storedShape: Shape { Shape(Array(pixels.shape.sizes.dropFirst())) }
  var shape: Shape { form.shape(of: storedShape) }
  var elementType: ElementType { .float32 }
  var isCostly: Bool { false }

  func targets(of indices: ArraySlice<Int>) -> Tensor? { nil }

  func prefix(_ length: Int) -> any Samples {
    let first = Tensor(
      elementType: .uint8, shape: Shape([length] + storedShape.sizes), storage: pixels.storage,
      byteOffset: pixels.byteOffset)
    return StoredImages(first, as: self)
  }

  private init(_ pixels: Tensor, as other: StoredImages) {
    self.pixels = pixels
    normalization = other.normalization
    table = other.table
    form = other.form
    resizing = other.resizing
  }

  /// Changed as stored, then brought into the form that networks are shown.
  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) {
    let target = target.bindMemory(to: Float.self)
    let size = storedShape.elementCount
    pixels.withUnsafeBytes { source in
      let image = UnsafeRawBufferPointer(rebasing: source[index * size..<(index + 1) * size])
      guard let resizing else { return copyImage(image, into: target, change) }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { stored in
        copyImage(image, into: stored, change)
        resizing.write(UnsafeBufferPointer(stored), into: target)
      }
    }
  }

  private func copyImage(
    _ pixels: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>,
    _ change: Augmentation.Change
  ) {
    let (height, width) = (storedShape[1], storedShape[2])
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
