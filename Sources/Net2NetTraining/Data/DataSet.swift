public import Net2Net

/// Labelled images in memory.
public struct DataSplit: Sendable {
  /// 8-bit pixels, (image, channel, row, column).
  public let images: Tensor
  /// The class of each image.
  public let labels: [Int]

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
    self.init(images: images, labels: labels)
  }

  private init(images: Tensor, labels: [Int]) {
    self.images = images
    self.labels = labels
  }

  public var count: Int { labels.count }

  /// (channel, row, column)
  public var imageShape: Shape { Shape(Array(images.shape.sizes.dropFirst())) }

  /// The first images, all of them when there are fewer; at least one.
  public func prefix(_ length: Int) -> DataSplit {
    let count = max(1, min(length, count))
    let first = Tensor(
      elementType: .uint8, shape: Shape([count] + imageShape.sizes), storage: images.storage,
      byteOffset: images.byteOffset)
    return DataSplit(images: first, labels: Array(labels.prefix(count)))
  }
}

/// Images to learn from and images to be measured by.
public struct DataSet: Sendable {
  public let name: String
  /// Names, in the order of the labels.
  public let classes: [String]
  public let training: DataSplit
  public let test: DataSplit
  /// Of the training split; both splits are fed through it.
  public let normalization: Normalization

  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)`` when a label has no
  ///   class or the two splits differ in the shape of their images.
  public init(
    name: String, classes: [String], training: DataSplit, test: DataSplit
  ) throws(TrainingError) {
    guard training.imageShape == test.imageShape else {
      throw .inconsistentData(
        name, part: "test images", expected: "\(training.imageShape), as in the training split",
        found: "\(test.imageShape)")
    }
    for (part, split) in [("training labels", training), ("test labels", test)] {
      if let label = split.labels.first(where: { !classes.indices.contains($0) }) {
        throw .inconsistentData(
          name, part: part, expected: "0 to \(classes.count - 1)", found: "\(label)")
      }
    }
    self.name = name
    self.classes = classes
    self.training = training
    self.test = test
    normalization = Normalization(of: training)
  }

  private init(_ other: DataSet, training: DataSplit, test: DataSplit) {
    name = other.name
    classes = other.classes
    normalization = other.normalization
    self.training = training
    self.test = test
  }

  /// Fewer images, normalised as the whole.
  public func prefix(training: Int, test: Int) -> DataSet {
    DataSet(self, training: self.training.prefix(training), test: self.test.prefix(test))
  }

  /// (channel, row, column)
  public var imageShape: Shape { training.imageShape }
}
