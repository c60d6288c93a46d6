internal import Net2Net

/// How a network is shown images: larger or smaller than stored, and a grey one as three equal
/// channels, for networks that were made for photographs.
///
/// Applied to each batch as it is made, so a data set takes no more memory.
public struct ImageForm: Hashable, Sendable {
  /// Rows and columns; as stored when nil.
  public var size: Size?
  /// As stored when nil; more than one channel only of images that have one.
  public var channels: Int?

  public struct Size: Hashable, Sendable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  public init(size: Size? = nil, channels: Int? = nil) {
    self.size = size
    self.channels = channels
  }

  public static let stored = ImageForm()

  static let largestSize = 4096

  /// The shape that stored images, (channel, row, column), are shown in.
  func shape(of stored: Shape) -> Shape {
    [channels ?? stored[0], size?.height ?? stored[1], size?.width ?? stored[2]]
  }
}

/// Bilinear interpolation between pixel centres, as PyTorch's `interpolate(mode="bilinear",
/// align_corners=False)`: no smoothing before images are made smaller.
struct Resizing {
  /// Along one axis: each new place lies between two old ones.
  struct Axis {
    var lower: [Int] = []
    var upper: [Int] = []
    /// What the upper one is worth, the lower the rest.
    var share: [Float] = []

    init(from old: Int, to new: Int) {
      for place in 0..<new {
        let centre = (Double(place) + 0.5) * Double(old) / Double(new) - 0.5
        let position = max(centre, 0)
        let first = min(Int(position), old - 1)
        lower.append(first)
        upper.append(min(first + 1, old - 1))
        share.append(Float(position - Double(first)))
      }
    }
  }

  let rows: Axis
  let columns: Axis
  private let stored: Shape
  private let shown: Shape

  /// Nil where nothing changes.
  init?(from stored: Shape, to shown: Shape) {
    guard stored != shown else { return nil }
    self.stored = stored
    self.shown = shown
    rows = Axis(from: stored[1], to: shown[1])
    columns = Axis(from: stored[2], to: shown[2])
  }

  /// Resizes each channel of an image; the channels that the image lacks repeat its only one.
  func write(_ image: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>) {
    let (source, plane) = (stored[1] * stored[2], shown[1] * shown[2])
    for channel in 0..<stored[0] {
      writePlane(
        UnsafeBufferPointer(rebasing: image[(channel * source)..<((channel + 1) * source)]),
        into: UnsafeMutableBufferPointer(
          rebasing: target[(channel * plane)..<((channel + 1) * plane)]))
    }
    for channel in stored[0]..<max(shown[0], stored[0]) {
      for index in 0..<plane { target[channel * plane + index] = target[index] }
    }
  }

  private func writePlane(
    _ image: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let (oldWidth, newWidth) = (stored[2], shown[2])
    for row in 0..<shown[1] {
      let (above, below) = (rows.lower[row] * oldWidth, rows.upper[row] * oldWidth)
      let down = rows.share[row]
      for column in 0..<newWidth {
        let (left, right) = (columns.lower[column], columns.upper[column])
        let across = columns.share[column]
        let first = image[above + left] * (1 - across) + image[above + right] * across
        let second = image[below + left] * (1 - across) + image[below + right] * across
        target[row * newWidth + column] = first * (1 - down) + second * down
      }
    }
  }
}
