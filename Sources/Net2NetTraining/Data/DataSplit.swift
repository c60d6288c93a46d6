public import Net2Net

/// Samples and the class of each, or of each place in them.
public struct DataSplit: Sendable {
  package private(set) var samples: any Samples
  /// The class of each sample; none where each place of a sample has a target of its own.
  public let labels: [Int]

  /// Images in memory: 8-bit pixels, (image, channel, row, column).
  ///
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)``, with `name` in it,
  ///   when there are no images or not as many labels.
  public init(name: String, images: Tensor, labels: [Int]) throws(TrainingError) {
    guard images.elementType == .uint8, images.shape.rank == 4 else {
      throw .inconsistentData(
        name, part: "images", expected: "uint8 with axes (image, channel, row, column)",
        found: "\(images.elementType.rawValue)\(images.shape)")
    }
    guard images.elementCount > 0 else {
      throw .inconsistentData(
        name, part: "images", expected: "at least one pixel", found: "shape \(images.shape)")
    }
    guard labels.count == images.shape[0] else {
      throw .inconsistentData(
        name, part: "labels", expected: "\(images.shape[0]), one for each image",
        found: "\(labels.count)")
    }
    self.init(StoredImages(images), labels: labels)
  }

  package init(_ samples: any Samples, labels: [Int] = []) {
    self.samples = samples
    self.labels = labels
  }

  /// As they are stored; nil for what is not a split of images in memory.
  public var images: Tensor? { storedImages?.pixels }

  var storedImages: StoredImages? { samples as? StoredImages }

  public var count: Int { samples.count }

  /// Of one sample as networks are shown it: (channel, row, column) for images.
  public var sampleShape: Shape { samples.shape }

  /// float32, or int64 where samples are tokens.
  public var elementType: ElementType { samples.elementType }

  /// Fetching samples is worth several threads.
  var isCostly: Bool { samples.isCostly }

  /// The first samples, all of them when there are fewer; at least one.
  public func prefix(_ length: Int) -> DataSplit {
    let count = max(1, min(length, count))
    return DataSplit(samples.prefix(count), labels: Array(labels.prefix(count)))
  }

  /// Images in memory fed through `normalization`; other samples as they are.
  func normalized(by normalization: Normalization) -> DataSplit {
    guard var images = storedImages else { return self }
    images.normalization = normalization
    return DataSplit(images, labels: labels)
  }

  /// The same images in another form.
  ///
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)``, with `name` in it, for
  ///   sizes that no image has, and for colours in other channels than they are stored in.
  public func shown(as form: ImageForm, name: String) throws(TrainingError) -> DataSplit {
    guard var images = storedImages else { return self }
    let sizes = form.size.map { [$0.height, $0.width] } ?? []
    guard sizes.allSatisfy((1...ImageForm.largestSize).contains) else {
      throw .inconsistentData(
        name, part: "size", expected: "1 to \(ImageForm.largestSize)",
        found: "\(sizes.map(String.init).joined(separator: "x"))")
    }
    let channels = images.storedShape[0]
    guard form.channels ?? channels == channels || channels == 1,
      (1...64).contains(form.channels ?? channels)
    else {
      throw .inconsistentData(
        name, part: "channels",
        expected: channels == 1 ? "1 to 64" : "\(channels), as the images have",
        found: "\(form.channels ?? channels)")
    }
    images.form = form
    return DataSplit(images, labels: labels)
  }
}
