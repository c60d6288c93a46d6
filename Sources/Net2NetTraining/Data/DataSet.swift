public import Net2Net

/// Labelled images in memory.
public struct DataSplit: Sendable {
  /// 8-bit pixels, (image, channel, row, column).
  public let images: Tensor
  /// The class of each image.
  public let labels: [Int]
  /// How the images are shown to networks.
  public private(set) var form = ImageForm.stored

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
    self.init(images: images, labels: labels, form: .stored)
  }

  private init(images: Tensor, labels: [Int], form: ImageForm) {
    self.images = images
    self.labels = labels
    self.form = form
  }

  /// The same images in another form.
  ///
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)``, with `name` in it, for
  ///   sizes that no image has, and for colours in other channels than they are stored in.
  public func shown(as form: ImageForm, name: String) throws(TrainingError) -> DataSplit {
    let sizes = form.size.map { [$0.height, $0.width] } ?? []
    guard sizes.allSatisfy((1...ImageForm.largestSize).contains) else {
      throw .inconsistentData(
        name, part: "size", expected: "1 to \(ImageForm.largestSize)",
        found: "\(sizes.map(String.init).joined(separator: "x"))")
    }
    let channels = storedShape[0]
    guard form.channels ?? channels == channels || channels == 1,
      (1...64).contains(form.channels ?? channels)
    else {
      throw .inconsistentData(
        name, part: "channels",
        expected: channels == 1 ? "1 to 64" : "\(channels), as the images have",
        found: "\(form.channels ?? channels)")
    }
    return DataSplit(images: images, labels: labels, form: form)
  }

  public var count: Int { labels.count }

  /// (channel, row, column), as networks are shown them.
  public var imageShape: Shape { form.shape(of: storedShape) }

  var storedShape: Shape { Shape(Array(images.shape.sizes.dropFirst())) }

  /// The first images, all of them when there are fewer; at least one.
  public func prefix(_ length: Int) -> DataSplit {
    let count = max(1, min(length, count))
    let first = Tensor(
      elementType: .uint8, shape: Shape([count] + storedShape.sizes), storage: images.storage,
      byteOffset: images.byteOffset)
    return DataSplit(images: first, labels: Array(labels.prefix(count)), form: form)
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

  private init(_ other: DataSet, name: String, training: DataSplit, test: DataSplit) {
    self.name = name
    classes = other.classes
    normalization = other.normalization
    self.training = training
    self.test = test
  }

  /// Fewer images, normalised as the whole.
  public func prefix(training: Int, test: Int) -> DataSet {
    DataSet(
      self, name: name, training: self.training.prefix(training), test: self.test.prefix(test))
  }

  /// The same images in another form, under a name that says so.
  ///
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)``.
  public func shown(as form: ImageForm, name: String) throws(TrainingError) -> DataSet {
    DataSet(
      self, name: name, training: try training.shown(as: form, name: name),
      test: try test.shown(as: form, name: name))
  }

  /// (channel, row, column), as networks are shown them.
  public var imageShape: Shape { training.imageShape }
}
