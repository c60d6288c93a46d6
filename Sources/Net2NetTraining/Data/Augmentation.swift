internal import Net2Net

/// Random changes of training images that leave their class alone.
public struct Augmentation: Hashable, Sendable, Codable {
  /// Black pixels put around the image before a window of its size is cut out at random.
  public var cropPadding: Int
  /// Mirrors left and right half of the time.
  public var flips: Bool

  public init(cropPadding: Int = 0, flips: Bool = false) {
    self.cropPadding = max(0, cropPadding)
    self.flips = flips
  }

  public static let none = Augmentation()

  /// The change for the `position`-th image of an epoch.
  func change(at position: Int, _ draw: Draw) -> Change {
    let offsets = 2 * cropPadding + 1
    return Change(
      down: draw.integer(3 * position, below: offsets) - cropPadding,
      right: draw.integer(3 * position + 1, below: offsets) - cropPadding,
      isFlipped: flips && draw.integer(3 * position + 2, below: 2) == 1)
  }

  /// A shift by whole pixels, then a mirroring.
  struct Change {
    var down: Int
    var right: Int
    var isFlipped: Bool

    static let none = Change(down: 0, right: 0, isFlipped: false)

    /// The column that column `column` of the result shows; may lie outside of the image.
    func sourceColumn(_ column: Int, width: Int) -> Int {
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
