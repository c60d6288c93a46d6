public import Net2Net
internal import OrderedCollections

/// Samples to learn from and samples to be measured by.
public struct DataSet: Sendable {
  public let name: String
  /// Names, in the order of the labels.
  public let classes: [String]
  public let training: DataSplit
  public let test: DataSplit
  /// What was done to the samples before networks see them, in words, for whoever uses a network
  /// that learned from them.
  public let preparation: String
  /// What whoever loads the data should know, a sentence each: what was left out on request.
  public let remarks: [String]
  /// Tells one set of data from another where numbers and preparation do not.
  let fingerprint: String
  let rememberedDigest = RememberedDigest()

  /// Images in memory, normalised by what the training split is.
  ///
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)`` when a label has no
  ///   class or the two splits differ in the shape of their samples.
  public init(
    name: String, classes: [String], training: DataSplit, test: DataSplit
  ) throws(TrainingError) {
    guard let images = training.images, test.images != nil else {
      throw .inconsistentData(
        name, part: "splits", expected: "images in memory", found: "other samples")
    }
    let normalization = Normalization(of: images)
    try self.init(
      name: name, classes: classes, training: training.normalized(by: normalization),
      test: test.normalized(by: normalization), preparation: "\(normalization)")
  }

  /// Samples that need no more preparation.
  package init(
    name: String, classes: [String], training: DataSplit, test: DataSplit, preparation: String,
    remarks: [String] = [], fingerprint: String = ""
  ) throws(TrainingError) {
    guard training.sampleShape == test.sampleShape else {
      let noun = training.images == nil ? "samples" : "images"
      throw .inconsistentData(
        name, part: "test \(noun)", expected: "\(training.sampleShape), as in the training split",
        found: "\(test.sampleShape)")
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
    self.preparation = preparation
    self.remarks = remarks
    self.fingerprint = fingerprint
  }

  init(_ other: DataSet, name: String, training: DataSplit, test: DataSplit) {
    self.name = name
    classes = other.classes
    preparation = other.preparation
    remarks = other.remarks
    fingerprint = other.fingerprint
    self.training = training
    self.test = test
  }

  /// Fewer samples, prepared as the whole.
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

  /// The data itself, where every class has samples to learn from.
  ///
  /// - Parameter isTold: a class that has none is told of, not refused.
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)`` with the class.
  func withoutEmptyClasses(skipping isTold: Bool) throws(TrainingError) -> DataSet {
    let found = Set(training.labels)
    let empty = classes.indices.filter { !found.contains($0) }.map { "\"\(classes[$0])\"" }
    guard !empty.isEmpty else { return self }
    guard isTold else {
      throw .inconsistentData(
        name, part: "class \(empty[0])", expected: "at least one sample to learn from",
        found: "none")
    }
    let listed = empty.prefix(10).joined(separator: ", ") + (empty.count > 10 ? ", …" : "")
    return try DataSet(
      name: name, classes: classes, training: training, test: test, preparation: preparation,
      remarks: remarks + ["\(name): nothing to learn from for class \(listed)"],
      fingerprint: fingerprint)
  }

  /// Of one sample as networks are shown it: (channel, row, column) for images.
  public var sampleShape: Shape { training.sampleShape }

  /// Samples are rows of tokens, and the target of each is the one behind it.
  public var isText: Bool { training.elementType == .int64 }
}

extension DataSet {
  /// What samples are, for sentences.
  public var samplesNoun: String {
    if isText { return "windows of tokens" }
    if training.samples is TableRows { return "rows" }
    return sampleShape.rank == 3 ? "images" : "samples"
  }
}

extension Network {
  /// Notes what whoever uses the network must know of its training data: how samples were
  /// prepared, and the names of the classes.
  mutating func describeTraining(on data: DataSet) {
    metadata["trained on"] = data.name
    metadata["classes"] =
      data.isText ? "bytes, 0 to 255" : data.classes.joined(separator: ", ")
    metadata["normalization"] = data.preparation
  }
}
