internal import Net2Net

/// Cuts a split into batches. Batch `i` of epoch `e` is a pure function of the seed, so the same
/// samples come in the same order whatever the timing and wherever a run is taken up again.
/// Everything random about a sample depends on its position in the epoch, counted in samples.
public struct BatchLoader: Sendable {
  public enum Order: Hashable, Sendable {
    /// As stored, down to the last sample.
    case sequential
    /// Shuffled anew for each epoch. Batches are all of one size: samples that do not fill the
    /// last one wait for another epoch.
    case shuffled(seed: UInt64)
  }

  public let split: DataSplit
  /// Of all shards together.
  public let batchSize: Int
  public let order: Order
  public let augmentation: Augmentation
  public let shard: Shard

  /// - Parameters:
  ///   - batchSize: 1 or more; a split that is smaller makes one batch.
  ///   - shard: the part of each batch that is made here. Batches are cut into contiguous parts,
  ///     so those of all shards, one after the other, are the batch of a single process.
  public init(
    _ split: DataSplit, batchSize: Int, order: Order, augmentation: Augmentation = .none,
    shard: Shard = .whole
  ) {
    self.split = split
    self.batchSize = min(max(1, batchSize), split.count)
    self.order = order
    self.augmentation = augmentation
    self.shard = shard
  }

  public var batchesPerEpoch: Int {
    switch order {
    case .sequential: (split.count + batchSize - 1) / batchSize
    case .shuffled: split.count / batchSize
    }
  }

  /// The batches of one epoch from the `first` on, each prepared on another thread while the
  /// one before it is in use; on several where samples take long to fetch.
  public func batches(ofEpoch epoch: Int = 0, from first: Int = 0) -> BatchSequence {
    let indices = indices(ofEpoch: epoch)
    let draw = draw("augmentation", epoch: epoch)
    let prefetcher = Prefetcher(
      indices: first..<max(first, batchesPerEpoch), isConcurrent: split.isCostly
    ) { batch in
      try self.batch(batch, of: indices, draw)
    }
    return BatchSequence(prefetcher)
  }

  /// The samples of a batch, as indices of the split.
  func samples(ofBatch batch: Int, epoch: Int) -> [Int] {
    Array(indices(ofEpoch: epoch)[places(ofBatch: batch)])
  }

  /// The positions in an epoch of what this shard has of a batch.
  private func places(ofBatch batch: Int) -> Range<Int> {
    shard.part(of: wholePlaces(ofBatch: batch))
  }

  private func wholePlaces(ofBatch batch: Int) -> Range<Int> {
    let start = batch * batchSize
    return start..<min(start + batchSize, split.count)
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

  /// - Parameter order: the samples of the epoch, as indices of the split.
  private func batch(_ batch: Int, of order: [Int], _ draw: Draw) throws -> Batch {
    let samples = split.samples
    let places = places(ofBatch: batch)
    let size = samples.shape.elementCount * samples.elementType.byteCount
    let share = augmentation.share(ofBatch: batch, draw)
    let inputs = try TensorBytes(byteCount: places.count * size) { target in
      for place in places {
        let slot = place - places.lowerBound
        try write(
          order, at: place, draw,
          into: UnsafeMutableRawBufferPointer(rebasing: target[slot * size..<(slot + 1) * size]))
      }
      if let share {
        try mix(target.bindMemory(to: Float.self), share, places, ofBatch: batch, order, draw)
      }
    }
    return Batch(
      inputs: Tensor(
        elementType: samples.elementType, shape: Shape([places.count] + samples.shape.sizes),
        storage: inputs),
      targets: try samples.targets(of: order[places]) ?? labels(places.map { order[$0] }),
      mixing: share.map { share in
        Batch.Mixing(
          share: share,
          partners: labels(places.map { order[partner(of: $0, ofBatch: batch)] }))
      })
  }

  private func labels(_ samples: [Int]) -> Tensor {
    Tensor(samples.map { Int64(split.labels[$0]) }, shape: [samples.count])
  }

  /// One sample of an epoch, changed.
  private func write(
    _ order: [Int], at place: Int, _ draw: Draw, into target: UnsafeMutableRawBufferPointer
  ) throws {
    try split.samples.write(order[place], into: target, augmentation.change(at: place, draw))
    if augmentation.cutout > 0 {
      augmentation.cutOut(
        of: target.bindMemory(to: Float.self), shape: split.sampleShape, at: place, draw)
    }
  }

  /// The first sample of a batch is mixed with the last, the second with the last but one.
  private func partner(of place: Int, ofBatch batch: Int) -> Int {
    let whole = wholePlaces(ofBatch: batch)
    return whole.lowerBound + whole.upperBound - 1 - place
  }

  /// A partner that lies in this shard is met there; one of another shard is fetched.
  private func mix(
    _ inputs: UnsafeMutableBufferPointer<Float>, _ share: Double, _ places: Range<Int>,
    ofBatch batch: Int, _ order: [Int], _ draw: Draw
  ) throws {
    let size = split.sampleShape.elementCount
    let share = Float(share)
    func slot(_ place: Int) -> Int { (place - places.lowerBound) * size }
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { fetched in
      for place in places {
        let partner = partner(of: place, ofBatch: batch)
        if places.contains(partner) {
          guard place < partner else { continue }
          for offset in 0..<size {
            let (a, b) = (inputs[slot(place) + offset], inputs[slot(partner) + offset])
            inputs[slot(place) + offset] = share * a + (1 - share) * b
            inputs[slot(partner) + offset] = share * b + (1 - share) * a
          }
        } else {
          try write(order, at: partner, draw, into: UnsafeMutableRawBufferPointer(fetched))
          for offset in 0..<size {
            let a = inputs[slot(place) + offset]
            inputs[slot(place) + offset] = share * a + (1 - share) * fetched[offset]
          }
        }
      }
    }
  }
}

/// The batches of an epoch, in order; gone through once.
public struct BatchSequence {
  private let prefetcher: Prefetcher<Batch>

  init(_ prefetcher: Prefetcher<Batch>) { self.prefetcher = prefetcher }

  /// Waits for the next batch; nil after the last.
  ///
  /// - Throws: ``TrainingError`` where a sample cannot be had from its file.
  public mutating func next() throws -> Batch? { try prefetcher.next() }
}
