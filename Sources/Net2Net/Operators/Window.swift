/// What surrounds a convolution's or a pooling's input.
public enum Padding: Hashable, Sendable {
  /// Begins of all spatial axes, then ends.
  case explicit([Int])
  /// As much as keeps `⌈size / stride⌉` outputs, the odd element at the end or at the start.
  case sameUpper, sameLower
}

/// A window that slides over spatial axes.
struct Window {
  var kernel: [Int]
  var strides: [Int]
  var padding: Padding
  var dilations: [Int]
  /// Counts a last, partly covered position (ONNX `ceil_mode`).
  var roundsUp: Bool

  func outputDimensions(of input: [Dimension]) throws(ShapeError) -> [Dimension] {
    let rank = kernel.count
    guard input.count == rank, strides.count == rank, dilations.count == rank else {
      throw ShapeError(
        "\(input.count) spatial axes, but \(rank) kernel sizes, \(strides.count) strides and "
          + "\(dilations.count) dilations")
    }
    let sizes = 1..<Int(Int32.max)  // far above any use, far below overflow
    guard (kernel + strides + dilations).allSatisfy(sizes.contains) else {
      throw ShapeError("kernel sizes, strides and dilations must be at least 1, and below 2³¹")
    }
    if case .explicit(let amounts) = padding, amounts.count != 2 * rank {
      throw ShapeError("\(amounts.count) pads given, \(2 * rank) needed")
    }
    var output: [Dimension] = []
    for axis in 0..<rank { output.append(try outputDimension(of: input[axis], axis: axis)) }
    return output
  }

  private func outputDimension(of input: Dimension, axis: Int) throws(ShapeError) -> Dimension {
    let stride = strides[axis]
    let reach = (kernel[axis] - 1).multipliedReportingOverflow(by: dilations[axis])
    guard !reach.overflow, reach.partialValue < Int(Int32.max) else {
      throw ShapeError("a window of \(kernel[axis]) dilated by \(dilations[axis]) is too large")
    }
    if let size = input.size, size < 1 {
      throw ShapeError("the input's spatial axis \(axis) is empty")
    }
    guard case .explicit(let amounts) = padding else {
      guard let size = input.size else { return input.quotient(plus: -1, by: stride, up: false) }
      return .fixed((size + stride - 1) / stride)
    }
    let begin = amounts[axis]
    let end = amounts[axis + kernel.count]
    guard begin >= 0, end >= 0, begin < Int(Int32.max), end < Int(Int32.max) else {
      throw ShapeError("pads \(begin) and \(end) are not sizes")
    }
    let growth = begin + end - reach.partialValue - 1
    guard let size = input.size else {
      return input.quotient(plus: growth, by: stride, up: roundsUp)
    }
    let room = size + growth
    guard room >= 0 else {
      throw ShapeError(
        "a window of \(reach.partialValue + 1) does not fit \(size) padded by \(begin) and \(end)")
    }
    var count = (room + (roundsUp ? stride - 1 : 0)) / stride + 1
    // A window that would start in the padding at the end is not counted.
    if roundsUp, (count - 1) * stride >= size + begin { count -= 1 }
    return .fixed(count)
  }

  /// Begins, then ends, with `same` padding worked out for spatial sizes `input`.
  func explicitPadding(for input: [Int]) -> [Int] {
    if case .explicit(let amounts) = padding { return amounts }
    var begins: [Int] = []
    var ends: [Int] = []
    for (axis, size) in input.enumerated() {
      let outputs = (size + strides[axis] - 1) / strides[axis]
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      let total = max((outputs - 1) * strides[axis] + reach - size, 0)
      let smaller = total / 2
      begins.append(padding == .sameUpper ? smaller : total - smaller)
      ends.append(padding == .sameUpper ? total - smaller : smaller)
    }
    return begins + ends
  }
}

extension Dimension {
  /// The name of `(self + growth) / stride + 1`: the same size always has the same name, so
  /// branches of a network with symbolic picture sizes still meet in one shape.
  fileprivate func quotient(plus growth: Int, by stride: Int, up: Bool) -> Dimension {
    guard stride > 1 else {
      return growth == -1 ? self : .named("\(self)\(growth < -1 ? "" : "+")\(growth + 1)")
    }
    return .named("(\(self)\(growth < 0 ? "" : "+")\(growth))\(up ? "⌈/⌉" : "/")\(stride)+1")
  }
}

extension Convolution {
  /// Pads as begins, then ends, for an input and a weight of these shapes.
  public func explicitPadding(input: Shape, weight: Shape) -> [Int] {
    Window(
      kernel: Array(weight.sizes.dropFirst(2)), strides: strides, padding: padding,
      dilations: dilations, roundsUp: false
    ).explicitPadding(for: Array(input.sizes.dropFirst(2)))
  }
}
