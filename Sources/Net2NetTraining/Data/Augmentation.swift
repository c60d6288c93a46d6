internal import Foundation
internal import Net2Net

/// Random changes of training samples.
public struct Augmentation: Hashable, Sendable, Codable {
  /// Black pixels put around the image before a window of its size is cut out at random.
  public var cropPadding: Int
  /// Mirrors left and right half of the time.
  public var flips: Bool
  /// The side of a square, in pixels, that is set to the mean at a random place (DeVries and Taylor,
  /// *Improved Regularization of Convolutional Neural Networks with Cutout*, arXiv 1708.04552); 0 for
  /// none. Its centre is anywhere in the image, so part of it may lie outside.
  public var cutout: Int
  /// α of the Beta distribution that the share of each batch in its mixture is drawn from (Zhang et
  /// al., *mixup: Beyond Empirical Risk Minimization*, arXiv 1710.09412); 0 for none. A batch is
  /// mixed with itself, first sample with last, and its loss is that mixture of losses.
  public var mixup: Double

  public init(cropPadding: Int = 0, flips: Bool = false, cutout: Int = 0, mixup: Double = 0) {
    self.cropPadding = max(0, cropPadding)
    self.flips = flips
    self.cutout = cutout
    self.mixup = mixup
  }

  /// What a run's description does not name, such as what came later than the run, is off.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      cropPadding: try container.decodeIfPresent(Int.self, forKey: .cropPadding) ?? 0,
      flips: try container.decodeIfPresent(Bool.self, forKey: .flips) ?? false,
      cutout: try container.decodeIfPresent(Int.self, forKey: .cutout) ?? 0,
      mixup: try container.decodeIfPresent(Double.self, forKey: .mixup) ?? 0)
  }

  public static let none = Augmentation()

  /// Above, the draw below takes too many tries, and nobody mixes so much.
  static let largestMixup = 4.0

  /// The change for the `position`-th image of an epoch.
  func change(at position: Int, _ draw: Draw) -> Change {
    let offsets = 2 * cropPadding + 1
    return Change(
      down: draw.integer(3 * position, below: offsets) - cropPadding,
      right: draw.integer(3 * position + 1, below: offsets) - cropPadding,
      isFlipped: flips && draw.integer(3 * position + 2, below: 2) == 1)
  }

  /// Sets the square of the `position`-th image of an epoch to 0, the mean of what is normalised.
  func cutOut(
    of image: UnsafeMutableBufferPointer<Float>, shape: Shape, at position: Int, _ draw: Draw
  ) {
    guard cutout > 0, shape.rank == 3 else { return }
    let (height, width) = (shape[1], shape[2])
    let draw = draw.derived(for: "cutout")
    func range(_ centre: Int, _ size: Int) -> Range<Int> {
      let first = centre - cutout / 2
      return max(0, first)..<max(0, min(size, first + cutout))
    }
    let rows = range(draw.integer(2 * position, below: height), height)
    let columns = range(draw.integer(2 * position + 1, below: width), width)
    for channel in 0..<shape[0] {
      for row in rows {
        let start = (channel * height + row) * width
        for column in columns { image[start + column] = 0 }
      }
    }
  }

  /// What a batch keeps of itself, from Beta(α, α) by Jöhnk's method: u^(1/α) / (u^(1/α) +
  /// v^(1/α)) of the first pair of uniform numbers whose sum of powers is at most 1. Nil without
  /// mixing.
  func share(ofBatch batch: Int, _ draw: Draw) -> Double? {
    guard mixup > 0 else { return nil }
    let draw = draw.derived(for: "mixup of batch \(batch)")
    for attempt in 0..<1000 {
      let left = pow(draw.uniform(2 * attempt), 1 / mixup)
      let right = pow(draw.uniform(2 * attempt + 1), 1 / mixup)
      // Both may be 0 where α is tiny.
      if left + right <= 1, left + right > 0 { return left / (left + right) }
    }
    return 1
  }

  /// A shift by whole pixels, then a mirroring.
  package struct Change {
    package var down: Int
    package var right: Int
    package var isFlipped: Bool

    package static let none = Change(down: 0, right: 0, isFlipped: false)

    /// The column that column `column` of the result shows; may lie outside of the image.
    package func sourceColumn(_ column: Int, width: Int) -> Int {
      (isFlipped ? width - 1 - column : column) - right
    }

    /// The columns of the result whose source lies inside of the image.
    func visibleColumns(width: Int) -> Range<Int> {
      let shift = isFlipped ? -right : right
      let first = min(max(shift, 0), width)
      return first..<max(first, min(width + shift, width))
    }
  }
}

extension Augmentation {
  /// - Throws: ``TrainingError/option(_:expected:found:)`` for what cannot be done to any sample.
  func validate() throws(TrainingError) {
    let most = ImageForm.largestSize
    for (name, size) in [("cutout", cutout), ("crop padding", cropPadding)] {
      try require(size >= 0, name, "0 pixels or more", size)
      try require(size <= most, name, "at most \(most) pixels", size)
    }
    try require(
      (0...Self.largestMixup).contains(mixup), "mixup", "0 to \(Self.largestMixup)", mixup)
  }

  /// - Throws: ``TrainingError/option(_:expected:found:)`` for what cannot be done to these samples.
  func validate(for data: DataSet) throws(TrainingError) {
    let changes = [
      ("crop padding", cropPadding > 0), ("flips", flips), ("cutout", cutout > 0),
    ]
    if let asked = changes.first(where: \.1), data.sampleShape.rank != 3 {
      throw .option(asked.0, expected: "images", found: data.samplesNoun)
    }
    if mixup > 0, data.isText {
      throw .option("mixup", expected: "samples of numbers", found: data.samplesNoun)
    }
  }
}
