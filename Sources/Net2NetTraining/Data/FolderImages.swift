internal import Foundation
internal import Net2Net

/// Images in files of their own, decoded when a batch needs them: resized so that they cover what
/// networks are shown, and cut to it.
struct FolderImages: Samples {
  let files: [String]
  let options: FolderOptions
  /// Of pixels that are 0…1.
  var normalization: Normalization
  /// That all of them are in.
  var directory = ""

  var count: Int { files.count }
  var shape: Shape { [options.channels, options.size.height, options.size.width] }
  var elementType: ElementType { .float32 }
  var isCostly: Bool { true }

  func targets(of indices: ArraySlice<Int>) -> Tensor? { nil }

  func prefix(_ length: Int) -> any Samples {
    FolderImages(
      files: Array(files.prefix(length)), options: options, normalization: normalization,
      directory: directory)
  }

  var preparation: SamplePreparation { normalization.preparation }

  func prepared(
    as preparation: SamplePreparation, in name: String
  ) throws(TrainingError) -> any Samples {
    var copy = self
    copy.normalization = try Normalization(preparation, channels: options.channels, in: name)
    return copy
  }

  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) throws {
    let target = target.bindMemory(to: Float.self)
    let image = try DecodedImage(files[index])
    let window = Window(of: image, options, change)
    window.write(image, channels: options.channels, into: target)
    let plane = options.size.height * options.size.width
    for channel in 0..<options.channels {
      let scale = Float(1 / (255 * normalization.deviations[channel]))
      let shift = Float(-normalization.means[channel] / normalization.deviations[channel])
      for place in channel * plane..<(channel + 1) * plane {
        target[place] = target[place] * scale + shift
      }
    }
  }
}

/// Which part of an image is seen, and what each of its pixels is made of.
private struct Window {
  /// Nil outside of the image, which is black.
  let rows: [Resampling.Reading?]
  let columns: [Resampling.Reading?]

  init(of image: DecodedImage, _ options: FolderOptions, _ change: Augmentation.Change) {
    let (height, width) = (options.size.height, options.size.width)
    let margin = Double(options.resize ?? min(height, width)) / Double(min(height, width))
    let factor =
      margin * max(Double(height) / Double(image.height), Double(width) / Double(image.width))
    func side(_ old: Int, atLeast: Int) -> Int {
      max(atLeast, Int(Double(old) * factor + 1e-6))
    }
    let (newHeight, newWidth) = (
      side(image.height, atLeast: height), side(image.width, atLeast: width)
    )
    func middle(_ spare: Int) -> Int { Int((Double(spare) / 2).rounded(.toNearestOrEven)) }
    let (top, left) = (middle(newHeight - height), middle(newWidth - width))
    let vertical = Resampling(from: image.height, to: newHeight)
    let horizontal = Resampling(from: image.width, to: newWidth)
    rows = (0..<height).map { row in
      let place = top + row - change.down
      return (0..<newHeight).contains(place) ? vertical.reading(place) : nil
    }
    columns = (0..<width).map { column in
      let place = left + change.sourceColumn(column, width: width)
      return (0..<newWidth).contains(place) ? horizontal.reading(place) : nil
    }
  }

  /// Pixel values 0…255, (channel, row, column): each old row that is needed is made as wide as the
  /// window, then new rows are mixed from them.
  func write(
    _ image: DecodedImage, channels: Int, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let (height, width) = (rows.count, columns.count)
    let needed = rows.compactMap { $0 }
    let first = needed.map(\.first).min() ?? 0
    let end = needed.map { $0.first + $0.weights.count }.max() ?? 0
    var narrowed = [Float](repeating: 0, count: (end - first) * channels * width)
    var pixels = [Float](repeating: 0, count: image.width * channels)
    for row in first..<end {
      read(image, row, channels: channels, into: &pixels)
      for channel in 0..<channels {
        let start = ((row - first) * channels + channel) * width
        for (column, reading) in columns.enumerated() {
          guard let reading else { continue }
          var sum: Float = 0
          var place = reading.first * channels + channel
          for weight in reading.weights {
            sum += weight * pixels[place]
            place += channels
          }
          narrowed[start + column] = sum
        }
      }
    }
    target.update(repeating: 0)
    for (row, reading) in rows.enumerated() {
      guard let reading else { continue }
      for (tap, weight) in reading.weights.enumerated() {
        for channel in 0..<channels {
          let source = ((reading.first - first + tap) * channels + channel) * width
          let place = (channel * height + row) * width
          for column in 0..<width {
            target[place + column] += weight * narrowed[source + column]
          }
        }
      }
    }
  }

  /// One row, (column, channel), laid on white where it is transparent; grey as ITU-R 601 has it.
  private func read(
    _ image: DecodedImage, _ row: Int, channels: Int, into pixels: inout [Float]
  ) {
    let (bytes, stored) = image.row(row)
    for column in 0..<image.width {
      let pixel = bytes + column * stored
      let alpha = stored == 4 ? Float(pixel[3]) / 255 : 1
      func value(_ channel: Int) -> Float { Float(pixel[channel]) * alpha + 255 * (1 - alpha) }
      if channels == 1 {
        pixels[column] = 0.299 * value(0) + 0.587 * value(1) + 0.114 * value(2)
      } else {
        for channel in 0..<3 { pixels[column * 3 + channel] = value(channel) }
      }
    }
  }
}
