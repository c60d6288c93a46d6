internal import Net2Net

/// Rows of an array as samples: images or features, each channel or feature standardised.
struct ArrayRows: Samples {
  let array: NumPyArray
  let rows: [Int]
  /// (channel, row, column), or (feature).
  let shape: Shape
  /// Channels are stored as the last axis.
  let isChannelsLast: Bool
  /// By channel or feature, in the units of the array.
  var means: [Double]
  var deviations: [Double]

  init(_ array: NumPyArray, rows: [Int], shape: Shape, isChannelsLast: Bool) {
    self.array = array
    self.rows = rows
    self.shape = shape
    self.isChannelsLast = isChannelsLast
    means = [Double](repeating: 0, count: shape[0])
    deviations = [Double](repeating: 1, count: shape[0])
  }

  var count: Int { rows.count }
  var elementType: ElementType { .float32 }
  var isCostly: Bool { false }

  func targets(of indices: ArraySlice<Int>) -> Tensor? { nil }

  func prefix(_ length: Int) -> any Samples {
    var copy = ArrayRows(
      array, rows: Array(rows.prefix(length)), shape: shape, isChannelsLast: isChannelsLast)
    (copy.means, copy.deviations) = (means, deviations)
    return copy
  }

  /// What lies outside of an image is 0 in the array's units.
  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) {
    let target = target.bindMemory(to: Float.self)
    let isImage = shape.rank == 3
    let (height, width) = isImage ? (shape[1], shape[2]) : (1, 1)
    var place = 0
    for channel in 0..<shape[0] {
      for row in 0..<height {
        for column in 0..<width {
          let (oldRow, oldColumn) =
            isImage ? (row - change.down, change.sourceColumn(column, width: width)) : (0, 0)
          let isInside = (0..<height).contains(oldRow) && (0..<width).contains(oldColumn)
          let value =
            isInside ? array.value(element(rows[index], channel, oldRow, oldColumn)) : 0
          target[place] = Float((value - means[channel]) / deviations[channel])
          place += 1
        }
      }
    }
  }

  /// 8-bit images are prepared as images of other sources are.
  var preparation: SamplePreparation {
    isOfPixels
      ? .pixels(means: means.map { $0 / 255 }, deviations: deviations.map { $0 / 255 })
      : .standardized(means: means, deviations: deviations)
  }

  private var isOfPixels: Bool { array.elementType == .uint8 && shape.rank == 3 }

  func prepared(
    as preparation: SamplePreparation, in name: String
  ) throws(TrainingError) -> any Samples {
    var copy = self
    switch preparation {
    case .pixels(let means, let deviations) where isOfPixels && means.count == shape[0]:
      copy.means = means.map { $0 * 255 }
      copy.deviations = deviations.map { $0 * 255 }
    case .standardized(let means, let deviations) where means.count == shape[0]:
      copy.means = means
      copy.deviations = deviations
    case .none:
      copy.means = [Double](repeating: 0, count: shape[0])
      copy.deviations = [Double](repeating: 1, count: shape[0])
    default:
      throw .inconsistentData(
        name, part: "samples", expected: preparation.samplesNoun,
        found: "\(array.elementType.rawValue)\(shape)")
    }
    return copy
  }

  private func element(_ sample: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int {
    guard shape.rank == 3 else { return sample * shape[0] + channel }
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    return isChannelsLast
      ? ((sample * height + row) * width + column) * channels + channel
      : ((sample * channels + channel) * height + row) * width + column
  }

  /// Standardised by what the rows are themselves.
  mutating func standardize() {
    let size = shape.elementCount
    let plane = size / shape[0]
    for channel in 0..<shape[0] {
      // About the first value, so that large numbers of small variance do not cancel.
      let first = array.value(element(rows[0], channel, 0, 0))
      var (sum, squares) = (0.0, 0.0)
      for row in rows {
        for place in 0..<plane {
          let value = array.value(
            shape.rank == 3
              ? element(row, channel, place / shape[2], place % shape[2])
              : element(row, channel, 0, 0))
          sum += value - first
          squares += (value - first) * (value - first)
        }
      }
      let count = Double(rows.count * plane)
      let variance = squares / count - sum / count * (sum / count)
      means[channel] = first + sum / count
      deviations[channel] = variance > 1e-12 * squares / count ? variance.squareRoot() : 1
    }
  }
}
