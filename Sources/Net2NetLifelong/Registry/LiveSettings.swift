public import Net2Net
public import Net2NetTraining

/// What is decided about a live model once, when its folder is made; `live.json`.
public struct LiveSettings: Hashable, Sendable {
  /// The name it is served under.
  public var model: String
  public var sample: SampleForm
  /// Those known from the start, in the order of the network's outputs; others may appear later.
  public var classes: [String]
  /// More classes than this are refused, for each costs an output.
  public var largestClassCount = 1000
  /// The share of examples that are never learnt from, chosen by a hash of what they hold.
  public var heldOutShare = 0.1
  /// How many old examples are kept at hand for rehearsal, each as likely as any other.
  public var reservoirSize = 10_000
  /// Of everything that is drawn.
  public var seed: UInt64 = 0
  public var learner = LearnerSettings()
  public var inbox = InboxSettings()

  public init(model: String, sample: SampleForm, classes: [String]) {
    self.model = model
    self.sample = sample
    self.classes = classes
  }
}

/// How samples are stored and shown to networks.
public struct SampleForm: Hashable, Sendable, Codable {
  public enum Storage: String, Hashable, Sendable, Codable, CaseIterable {
    /// Pixels as they came, prepared when they are shown.
    case uint8
    /// Numbers as networks see them, little-endian.
    case float32
  }

  public var storage: Storage
  /// Of one sample as networks are shown it: (channel, row, column) for images.
  public var shape: Shape
  /// What is done to samples as they come, so that later ones are treated as the first were.
  public var preparation: SamplePreparation

  public init(storage: Storage, shape: Shape, preparation: SamplePreparation) {
    self.storage = storage
    self.shape = shape
    self.preparation = preparation
  }

  /// Of one stored sample.
  public var byteCount: Int { shape.elementCount * (storage == .uint8 ? 1 : 4) }
}

/// How files in the inbox are read: the options of `csv:FILE` and `npz:FILE`, as one types them,
/// such as `label=species,ignore=id`.
public struct InboxSettings: Hashable, Sendable, Encodable {
  public var csvOptions = ""
  public var npzOptions = ""

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case csvOptions, npzOptions
  }
}

extension LiveSettings {
  public static let largestSampleBytes = 16 << 20

  /// - Throws: ``LifelongError/option(_:expected:found:)`` for the first value out of its range.
  public func validate() throws(LifelongError) {
    try requireName()
    try requireSample()
    try require(
      (1...Self.mostClasses).contains(largestClassCount), "largest class count",
      "1 to \(Self.mostClasses)", largestClassCount)
    try require(
      (1...largestClassCount).contains(classes.count), "classes",
      "1 to \(largestClassCount)", classes.count)
    try require(
      Set(classes).count == classes.count, "classes", "different names", "one of them twice")
    try require(
      !classes.contains(where: \.isEmpty), "classes", "names", "one without a letter")
    try require(
      (0.001...0.5).contains(heldOutShare), "held-out share", "0.001 to 0.5", heldOutShare)
    try require(
      (1...10_000_000).contains(reservoirSize), "reservoir size", "1 to 10000000", reservoirSize)
    try learner.validate()
    try inbox.validate()
  }

  static let mostClasses = 100_000

  /// It is part of addresses.
  private func requireName() throws(LifelongError) {
    let isPlain =
      (1...100).contains(model.utf8.count) && !model.hasPrefix(".")
      && model.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
    try require(
      isPlain, "model name",
      "1 to 100 letters, digits, dashes, underscores and dots, no dot first,",
      "\"\(model)\"")
  }

  private func requireSample() throws(LifelongError) {
    let sizes = sample.shape.sizes
    let most = Self.largestSampleBytes / 4
    let count = sample.shape.checkedElementCount ?? .max
    try require(
      (1...4).contains(sizes.count) && sizes.allSatisfy { $0 > 0 } && count <= most,
      "sample shape", "1 to 4 axes and at most \(most) elements", sample.shape)
    guard sample.storage == .uint8 else { return }
    try require(sizes.count == 3, "sample shape", "(channel, row, column) for pixels", sample.shape)
    guard case .pixels(let means, let deviations) = sample.preparation else {
      throw .option("preparation", expected: "means and deviations for pixels", found: "none")
    }
    try require(
      means.count == sizes[0] && deviations.count == sizes[0], "preparation",
      "\(sizes[0]) means and deviations, one for each channel,",
      "\(means.count) and \(deviations.count)")
    try require(
      deviations.allSatisfy { $0 > 0 && $0.isFinite } && means.allSatisfy(\.isFinite),
      "preparation", "finite means and deviations above 0", "others")
  }
}
