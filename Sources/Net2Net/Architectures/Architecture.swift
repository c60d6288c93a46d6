/// The networks that come with Net2Net, each a small program over ``NetworkBuilder``.
public enum Architecture: String, Hashable, Sendable, Codable, CaseIterable {
  case mlp, convnet, resnet, inception, gpt

  /// A freshly initialised network; the same options give the same bytes.
  ///
  /// - Throws: ``NetworkError/architecture(_:reason:)`` for options that do not suit, and
  ///   ``NetworkError/shape(node:operation:reason:)`` where the input is too small for the
  ///   network's pooling.
  public func network(
    _ options: ArchitectureOptions = ArchitectureOptions()
  ) throws(NetworkError) -> Network {
    var options = options
    let shape = options.inputShape ?? standardInput
    options.inputShape = shape
    options.classes = options.classes ?? standardClasses
    if let reason = options.flaw ?? flaw(shape) { throw .architecture(rawValue, reason: reason) }
    var builder = NetworkBuilder(name: rawValue, seed: options.seed)
    let input = builder.input(shape, elementType: self == .gpt ? .int64 : .float32)
    let logits =
      switch self {
      case .mlp: try builder.mlp(input, options)
      case .convnet: try builder.convnet(input, options)
      case .resnet: try builder.resnet(input, options)
      case .inception: try builder.inception(input, options)
      case .gpt: try builder.gpt(input, options)
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
    case .gpt: "blocks of attention and perceptron, 4 unless given"
    }
  }

  /// Of one example, where none is given: a grey image of 28 × 28, a window of 64 tokens.
  public var standardInput: Shape { self == .gpt ? [64] : [1, 28, 28] }

  /// Where none are given: 10, the 256 bytes.
  public var standardClasses: Int { self == .gpt ? 256 : 10 }

  /// Looks at images alone.
  private var isOfImages: Bool { self != .gpt && self != .mlp }

  private func flaw(_ input: Shape) -> String? {
    let areSizesSuited = input.sizes.allSatisfy { 1...65_536 ~= $0 }
    if self == .gpt, input.rank != 1 || !areSizesSuited {
      return "an input of \(input); the number of tokens expected, such as 64"
    }
    if isOfImages || self == .mlp && input.rank != 1, input.rank != 3 || !areSizesSuited {
      return "an input of \(input); channels, height and width expected, each at least 1"
    }
    return areSizesSuited ? nil : "an input of \(input); at least 1 number expected"
  }
}

public struct ArchitectureOptions: Hashable, Sendable {
  /// Channels, height, width; features, for `mlp`; tokens, for `gpt`. See
  /// ``Architecture/standardInput`` for nil.
  public var inputShape: Shape?
  /// See ``Architecture/standardClasses`` for nil.
  public var classes: Int?
  /// Multiplies every width inside the network, rounded, never below 1. The paper's teacher
  /// for widening has √0.3 ≈ 0.5477. In `inception` only widths inside modules change.
  public var widthFactor: Double
  /// See ``Architecture/depthMeaning``.
  public var depth: Int?
  public var seed: UInt64

  public init(
    inputShape: Shape? = nil, classes: Int? = nil, widthFactor: Double = 1,
    depth: Int? = nil, seed: UInt64 = 0
  ) {
    self.inputShape = inputShape
    self.classes = classes
    self.widthFactor = widthFactor
    self.depth = depth
    self.seed = seed
  }

  /// Filled in by the time that layers are made.
  var classCount: Int { classes ?? 10 }

  func width(_ full: Int) -> Int { max(1, Int((Double(full) * widthFactor).rounded())) }

  fileprivate var flaw: String? {
    guard 1...1_000_000 ~= classCount else { return "\(classCount) classes; at least 1 expected" }
    guard widthFactor > 0, widthFactor <= 1000 else {
      return "a width factor of \(widthFactor); a number above 0, at most 1000, expected"
    }
    guard depth ?? 1 >= 1, depth ?? 1 <= 10_000 else {
      return "a depth of \(depth ?? 0); 1 to 10000 expected"
    }
    return nil
  }
}
