/// The networks that come with Net2Net, each a small program over ``NetworkBuilder``.
public enum Architecture: String, Hashable, Sendable, Codable, CaseIterable {
  case mlp, convnet, resnet, inception

  /// A freshly initialised network; the same options give the same bytes.
  ///
  /// - Throws: ``NetworkError/architecture(_:reason:)`` for options that do not suit, and
  ///   ``NetworkError/shape(node:operation:reason:)`` where the input is too small for the
  ///   network's pooling.
  public func network(
    _ options: ArchitectureOptions = ArchitectureOptions()
  ) throws(NetworkError) -> Network {
    if let reason = options.flaw { throw .architecture(rawValue, reason: reason) }
    var builder = NetworkBuilder(name: rawValue, seed: options.seed)
    let input = builder.input(options.inputShape)
    let logits =
      switch self {
      case .mlp: try builder.mlp(input, options)
      case .convnet: try builder.convnet(input, options)
      case .resnet: try builder.resnet(input, options)
      case .inception: try builder.inception(input, options)
      }
    return try builder.network(output: logits)
  }

  /// What `depth` counts, for help and error messages.
  public var depthMeaning: String {
    switch self {
    case .mlp: "hidden layers, 2 unless given"
    case .convnet: "convolutions, 4 unless given"
    case .resnet: "layers with weights: 8 (unless given), 14, 20, … = 6n + 2"
    case .inception: "modules, an even number, 4 unless given"
    }
  }
}

public struct ArchitectureOptions: Hashable, Sendable {
  /// Channels, height, width.
  public var inputShape: Shape
  public var classes: Int
  /// Multiplies every width inside the network, rounded, never below 1. The paper's teacher
  /// for widening has √0.3 ≈ 0.5477. In `inception` only widths inside modules change.
  public var widthFactor: Double
  /// See ``Architecture/depthMeaning``.
  public var depth: Int?
  public var seed: UInt64

  public init(
    inputShape: Shape = [1, 28, 28], classes: Int = 10, widthFactor: Double = 1,
    depth: Int? = nil, seed: UInt64 = 0
  ) {
    self.inputShape = inputShape
    self.classes = classes
    self.widthFactor = widthFactor
    self.depth = depth
    self.seed = seed
  }

  func width(_ full: Int) -> Int { max(1, Int((Double(full) * widthFactor).rounded())) }

  fileprivate var flaw: String? {
    guard inputShape.rank == 3, inputShape.sizes.allSatisfy({ 1...65_536 ~= $0 }) else {
      return "an input of \(inputShape); channels, height and width expected, each at least 1"
    }
    guard 1...1_000_000 ~= classes else { return "\(classes) classes; at least 1 expected" }
    guard widthFactor > 0, widthFactor <= 1000 else {
      return "a width factor of \(widthFactor); a number above 0, at most 1000, expected"
    }
    guard depth ?? 1 >= 1, depth ?? 1 <= 10_000 else {
      return "a depth of \(depth ?? 0); 1 to 10000 expected"
    }
    return nil
  }
}
