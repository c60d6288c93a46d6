internal import Net2Net
internal import OrderedCollections

/// A convolution whose weight an exporter has multiplied, channel by channel, by the γ/√(σ² + ε)
/// of the batch norm behind it.
///
/// The batch norm is gone from such a file, so its parameters cannot be grown, and the weight is
/// no longer the checkpoint's.
struct FoldedNormalization {
  /// The checkpoint's weight.
  let weight: String
  /// The module of the batch norm; nil where the factors are no batch norm's of the checkpoint.
  let norm: String?

  /// Nil unless `parameter` is a tensor of the checkpoint times one number for each output channel.
  init?(of parameter: Parameter, in checkpoint: StateDictionary) {
    guard parameter.shape.rank >= 2, parameter.elementCount > 0 else { return nil }
    let values = parameter.tensor().doubles()
    for (name, tensor) in checkpoint.tensors
    where tensor.shape == parameter.shape && tensor.elementType.isFloatingPoint {
      guard
        let factors = Self.factors(from: tensor.doubles(), to: values, channels: tensor.shape[0])
      else { continue }
      weight = name
      norm = Self.norm(with: factors, in: checkpoint)
      return
    }
    return nil
  }

  /// By least squares, channel by channel; nil where a channel is more than scaled.
  private static func factors(
    from old: [Double], to new: [Double], channels: Int
  ) -> [Double]? {
    let size = old.count / channels
    var factors: [Double] = []
    for start in stride(from: 0, to: old.count, by: size) {
      let (a, b) = (old[start..<start + size], new[start..<start + size])
      let square = a.reduce(0) { $0 + $1 * $1 }
      guard square > 0 else { return nil }
      let factor = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / square
      let scale = b.reduce(0) { max($0, abs($1)) }
      guard zip(a, b).allSatisfy({ abs($0 * factor - $1) <= 1e-5 * scale }) else { return nil }
      factors.append(factor)
    }
    return factors
  }

  private static func norm(with factors: [Double], in checkpoint: StateDictionary) -> String? {
    checkpoint.tensors.keys.first { name in
      guard name.hasSuffix(".running_var"), let module = name.module,
        let variance = checkpoint.tensors[name]?.doubles(), variance.count == factors.count
      else { return false }
      let scale = checkpoint.tensors["\(module).weight"]?.doubles()
      return isNorm(scale ?? factors.map { _ in 1 }, variance, factors)
    }?.module
  }

  /// ε is what the channel with the largest γ says, and must be one that people use.
  private static func isNorm(
    _ scale: [Double], _ variance: [Double], _ factors: [Double]
  ) -> Bool {
    guard scale.count == factors.count,
      let widest = scale.indices.max(by: { abs(scale[$0]) < abs(scale[$1]) }), factors[widest] != 0
    else { return false }
    let ratio = scale[widest] / factors[widest]
    let epsilon = ratio * ratio - variance[widest]
    guard epsilon > -1e-4 * (1 + variance[widest]), epsilon < 0.1 else { return false }
    return scale.indices.allSatisfy { channel in
      let expected = scale[channel] / (variance[channel] + epsilon).squareRoot()
      return abs(expected - factors[channel]) <= 1e-3 * max(abs(expected), 1e-6)
    }
  }
}
