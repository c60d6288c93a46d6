internal import Foundation
internal import Net2Net
internal import Net2NetFiles
public import Net2NetTraining

/// Examples of a store as samples of a split, fetched when a batch needs them.
struct StoredExamples: Samples {
  let store: ExampleStore
  let numbers: [Int]
  /// Nil for numbers that are stored as networks see them.
  private let pixels: PixelTable?

  init(_ store: ExampleStore, numbers: [Int]) {
    self.store = store
    self.numbers = numbers
    if case .pixels(let means, let deviations) = store.form.preparation,
      store.form.storage == .uint8
    {
      pixels = PixelTable(Normalization(means: means, deviations: deviations))
    } else {
      pixels = nil
    }
  }

  var count: Int { numbers.count }
  var shape: Shape { store.form.shape }
  var elementType: ElementType { .float32 }
  var isCostly: Bool { false }

  func targets(of indices: ArraySlice<Int>) -> Tensor? { nil }

  func prefix(_ length: Int) -> any Samples {
    StoredExamples(store, numbers: Array(numbers.prefix(length)))
  }

  var preparation: SamplePreparation { store.form.preparation }

  func prepared(
    as preparation: SamplePreparation, in name: String
  ) throws(TrainingError) -> any Samples {
    guard preparation == self.preparation else {
      throw .inconsistentData(
        name, part: "preparation", expected: "\(preparation)", found: "\(self.preparation)")
    }
    return self
  }

  func addContents(to parts: inout DigestOfParts) throws {
    for number in numbers {
      try store.withRecord(number) { record, _ in parts.add(SegmentLayout.sample(record)) }
    }
  }

  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) throws {
    try store.withRecord(numbers[index]) { record, _ in
      let sample = SegmentLayout.sample(record)
      if let pixels {
        pixels.write(sample, shape, into: target.bindMemory(to: Float.self), change)
      } else if shape.rank == 3, !change.isNone {
        writeShifted(sample, into: target.bindMemory(to: Float.self), change)
      } else {
        target.copyMemory(from: sample)
      }
    }
  }

  /// What comes from outside of an image is 0, the mean of what is prepared.
  private func writeShifted(
    _ sample: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>,
    _ change: Augmentation.Change
  ) {
    let (height, width) = (shape[1], shape[2])
    for place in target.indices {
      let (row, column) = (place / width % height, place % width)
      let (oldRow, oldColumn) = (row - change.down, change.sourceColumn(column, width: width))
      let isInside = (0..<height).contains(oldRow) && (0..<width).contains(oldColumn)
      let source = place + (oldRow - row) * width + oldColumn - column
      target[place] =
        isInside ? sample.loadUnaligned(fromByteOffset: 4 * source, as: Float.self) : 0
    }
  }
}

extension ExampleStore {
  /// Examples as a split to learn from or to be measured by; a number that is given twice counts
  /// twice. Read from the disk as batches are made.
  ///
  /// - Throws: ``LifelongError/noExamples(_:)`` where there are no numbers,
  ///   ``LifelongError/unknownExample(_:count:)``.
  public func split(of numbers: [Int], to purpose: String) throws -> DataSplit {
    guard !numbers.isEmpty else { throw LifelongError.noExamples(purpose) }
    return DataSplit(StoredExamples(self, numbers: numbers), labels: try labels(of: numbers))
  }

  /// Examples to learn from and examples to be measured by, as the trainer takes them.
  ///
  /// - Throws: ``LifelongError/noExamples(_:)`` where there are none of one kind,
  ///   ``LifelongError/unknownExample(_:count:)``; `TrainingError`.
  public func dataSet(training: [Int], heldOut: [Int]) throws -> DataSet {
    let training = try split(of: training, to: "to learn from")
    let test = try split(of: heldOut, to: "that is held out")
    // Nothing here depends on one another, so classes that appear meanwhile do no harm.
    return try DataSet(
      name: "examples", classes: classes, training: training, test: test,
      preparation: form.preparation.description)
  }
}

extension Augmentation.Change {
  fileprivate var isNone: Bool { down == 0 && right == 0 && !isFlipped }
}
