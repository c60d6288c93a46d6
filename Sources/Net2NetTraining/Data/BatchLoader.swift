public import Net2Net

/// Images and labels as a network takes them.
public struct Batch: Sendable {
  /// Normalised pixels, float32, (image, channel, row, column).
  public let images: Tensor
  /// int64, (image)
  public let labels: Tensor

  public var count: Int { images.shape[0] }
}

/// Cuts a split into batches. Batch `i` of epoch `e` is a pure function of the seed, so the same
/// images come in the same order whatever the timing and wherever a run is taken up again.
public struct BatchLoader: Sendable {
  public enum Order: Hashable, Sendable {
    /// As stored, down to the last image.
    case sequential
    /// Shuffled anew for each epoch. Batches are all of one size: images that do not fill the
    /// last one wait for another epoch.
    case shuffled(seed: UInt64)
  }

  public let split: DataSplit
  public let batchSize: Int
  public let order: Order
  public let augmentation: Augmentation
  private let table: [Float]
  /// Nil where images are shown as they are stored.
  private let resizing: Resizing?

  /// - Parameter batchSize: 1 or more; a split that is smaller makes one batch.
  public init(
    _ split: DataSplit, normalization: Normalization, batchSize: Int, order: Order,
    augmentation: Augmentation = .none
  ) {
    self.split = split
    self.batchSize = min(max(1, batchSize), split.count)
    self.order = order
    self.augmentation = augmentation
    table = normalization.table
    resizing = Resizing(from: split.storedShape, to: split.imageShape)
  }

  public var batchesPerEpoch: Int {
    switch order {
    case .sequential: (split.count + batchSize - 1) / batchSize
    case .shuffled: split.count / batchSize
    }
  }

  /// The batches of one epoch from the `first` on, each prepared on another thread while the
  /// one before it is in use.
  public func batches(ofEpoch epoch: Int = 0, from first: Int = 0) -> BatchSequence {
    let indices = indices(ofEpoch: epoch)
    let draw = draw("augmentation", epoch: epoch)
    return BatchSequence(
      Prefetcher(indices: first..<max(first, batchesPerEpoch), lookAhead: 2) { batch in
        let start = batch * batchSize
        let end = min(start + batchSize, indices.count)
        return self.batch(of: indices[start..<end], draw)
      })
  }

  /// The samples of a batch, as indices of the split.
  func samples(ofBatch batch: Int, epoch: Int) -> [Int] {
    let start = batch * batchSize
    return Array(indices(ofEpoch: epoch)[start..<min(start + batchSize, split.count)])
  }

  private func indices(ofEpoch epoch: Int) -> [Int] {
    switch order {
    case .sequential: Array(0..<split.count)
    case .shuffled: draw("order", epoch: epoch).permutation(of: split.count)
    }
  }

  private func draw(_ purpose: String, epoch: Int) -> Draw {
    guard case .shuffled(let seed) = order else { return Draw(seed: 0) }
    return Draw(seed: seed).derived(for: "\(purpose) of epoch \(epoch)")
  }

  private func batch(of indices: ArraySlice<Int>, _ draw: Draw) -> Batch {
    let shape = split.imageShape
    let pixels = TensorBytes(byteCount: indices.count * shape.elementCount * 4) { bytes in
      let target = bytes.bindMemory(to: Float.self)
      for (slot, index) in indices.enumerated() {
        let to = slot * shape.elementCount
        show(
          index, in: UnsafeMutableBufferPointer(rebasing: target[to..<to + shape.elementCount]),
          augmentation.change(at: indices.startIndex + slot, draw))
      }
    }
    return Batch(
      images: Tensor(
        elementType: .float32, shape: Shape([indices.count] + shape.sizes), storage: pixels),
      labels: Tensor(indices.map { Int64(split.labels[$0]) }, shape: [indices.count]))
  }

  /// Changed as stored, then brought into the form that networks are shown.
  private func show(
    _ index: Int, in target: UnsafeMutableBufferPointer<Float>, _ change: Augmentation.Change
  ) {
    let size = split.storedShape.elementCount
    split.images.withUnsafeBytes { source in
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
    let (height, width) = (split.storedShape[1], split.storedShape[2])
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

/// The batches of an epoch, in order; iterated once.
public struct BatchSequence: Sequence, IteratorProtocol {
  private let prefetcher: Prefetcher<Batch>

  init(_ prefetcher: Prefetcher<Batch>) { self.prefetcher = prefetcher }

  public mutating func next() -> Batch? { prefetcher.next() }
}
