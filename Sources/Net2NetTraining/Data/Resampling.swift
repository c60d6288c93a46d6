/// Weights for making an axis larger or smaller: triangles as wide as the new pixels, so that
/// nothing between them is lost. As Pillow's `BILINEAR` and torchvision's `Resize` compute it, but
/// without their rounding to whole pixel values.
struct Resampling {
  struct Reading {
    var first: Int
    var weights: [Float]
  }

  private let old: Int
  private let new: Int

  init(from old: Int, to new: Int) {
    self.old = old
    self.new = new
  }

  /// What the new place reads of the old ones.
  func reading(_ place: Int) -> Reading {
    let scale = Double(old) / Double(new)
    let reach = max(scale, 1)
    let centre = (Double(place) + 0.5) * scale
    let first = max(0, Int(centre - reach + 0.5))
    let end = min(old, Int(centre + reach + 0.5))
    let weights = (first..<max(end, first + 1)).map { index in
      max(0, 1 - abs((Double(index) + 0.5 - centre) / reach))
    }
    let sum = weights.reduce(0, +)
    return Reading(first: first, weights: weights.map { Float($0 / sum) })
  }
}
