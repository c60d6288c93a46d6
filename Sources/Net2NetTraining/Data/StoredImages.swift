internal import Net2Net

/// Images in memory, as bytes, that become normalised numbers as they are shown.
struct StoredImages: Samples {
  /// 8-bit pixels, (image, channel, row, column).
  let pixels: Tensor
  var form = ImageForm.stored {
    didSet { resizing = Resizing(from: storedShape, to: shape) }
  }
  var normalization: Normalization {
    didSet { table = PixelTable(normalization) }
  }
  private var table: PixelTable
  /// Nil where images are shown as they are stored.
  private var resizing: Resizing?

  /// Normalised by what they are themselves until they are told otherwise.
  init(_ pixels: Tensor) {
    self.pixels = pixels
    normalization = Normalization(of: pixels)
    table = PixelTable(normalization)
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

  /// Of the channels that are shown: those of a grey image are prepared alike.
  var preparation: SamplePreparation {
    let copies = shape[0] / storedShape[0]
    func repeated(_ numbers: [Double]) -> [Double] {
      (0..<copies).flatMap { _ in numbers }
    }
    return .pixels(
      means: repeated(normalization.means), deviations: repeated(normalization.deviations))
  }

  func prepared(
    as preparation: SamplePreparation, in name: String
  ) throws(TrainingError) -> any Samples {
    var copy = self
    copy.normalization = try Normalization(
      preparation, channels: storedShape[0], in: name)
    return copy
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
      guard let resizing else { return table.write(image, storedShape, into: target, change) }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { stored in
        table.write(image, storedShape, into: stored, change)
        resizing.write(UnsafeBufferPointer(stored), into: target)
      }
    }
  }
}
