internal import Net2Net

/// Mean and standard deviation of each channel, of pixels scaled to 0…1. Normalised pixels are
/// (pixel / 255 − mean) / deviation.
public struct Normalization: Hashable, Sendable, Codable {
  public var means: [Double]
  public var deviations: [Double]

  public init(means: [Double], deviations: [Double]) {
    self.means = means
    self.deviations = deviations
  }

  /// Of 8-bit pixels, (image, channel, row, column).
  ///
  /// Measured from counts of the 256 pixel values, so the sums are exact in integers and do not
  /// depend on order. A channel that never changes keeps its scale.
  init(of pixels: Tensor) {
    let histograms = Self.histograms(of: pixels)
    means = []
    deviations = []
    for histogram in histograms {
      let count = Double(histogram.reduce(0, +))
      let sum = histogram.indices.reduce(0) { $0 + $1 * histogram[$1] }
      let squares = histogram.indices.reduce(0) { $0 + $1 * $1 * histogram[$1] }
      let mean = Double(sum) / count
      let variance = Double(squares) / count - mean * mean
      means.append(mean / 255)
      deviations.append(variance > 0 ? variance.squareRoot() / 255 : 1)
    }
  }

  /// How often each pixel value occurs, by channel.
  private static func histograms(of pixels: Tensor) -> [[Int]] {
    let channels = pixels.shape[1]
    let plane = pixels.shape[2] * pixels.shape[3]
    var counts = [Int](repeating: 0, count: channels * 256)
    pixels.withUnsafeBytes { pixels in
      for start in stride(from: 0, to: pixels.count, by: plane) {
        let row = start / plane % channels * 256
        for index in start..<start + plane { counts[row + Int(pixels[index])] += 1 }
      }
    }
    return (0..<channels).map { Array(counts[$0 * 256..<($0 + 1) * 256]) }
  }

  /// The normalised value of each of the 256 pixel values, channel after channel.
  var table: [Float] {
    zip(means, deviations).flatMap { mean, deviation in
      (0..<256).map { Float((Double($0) / 255 - mean) / deviation) }
    }
  }
}

extension Normalization {
  var preparation: SamplePreparation { .pixels(means: means, deviations: deviations) }

  /// - Parameter channels: of the images; a grey one takes what all channels have in common.
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)`` where other samples were
  ///   prepared otherwise.
  init(
    _ preparation: SamplePreparation, channels: Int, in name: String
  ) throws(TrainingError) {
    guard case .pixels(let means, let deviations) = preparation else {
      throw .inconsistentData(
        name, part: "samples", expected: preparation.samplesNoun, found: "images")
    }
    let areAlike = Set(means).count == 1 && Set(deviations).count == 1
    guard means.count == channels || channels == 1 && areAlike else {
      throw .inconsistentData(
        name, part: "images", expected: "\(means.count) channels", found: "\(channels)")
    }
    self.init(
      means: Array(means.prefix(channels)), deviations: Array(deviations.prefix(channels)))
  }
}

extension SamplePreparation {
  /// What is prepared so, for sentences.
  var samplesNoun: String {
    switch self {
    case .pixels: "images of 8-bit pixels"
    case .standardized: "arrays of numbers"
    case .table: "rows of a table"
    case .none: "numbers as the network sees them"
    }
  }
}

extension Normalization: CustomStringConvertible {
  public var description: String {
    func list(_ numbers: [Double]) -> String {
      numbers.map { "\($0)" }.joined(separator: ", ")
    }
    return "(pixel / 255 - mean) / deviation, by channel: mean \(list(means)), "
      + "deviation \(list(deviations))"
  }
}
