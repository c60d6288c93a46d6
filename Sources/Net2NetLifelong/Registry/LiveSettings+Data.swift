public import Net2NetTraining

extension LiveSettings {
  /// For a model whose examples are like those of a data set: its shape of samples, its classes, its
  /// preparation, and its options for files in the inbox.
  ///
  /// - Throws: ``LifelongError/option(_:expected:found:)``,
  ///   ``LifelongError/className(_:expected:found:)``; what loading the data throws.
  public init(model: String, like data: DataSpecification) throws {
    let samples = try data.samples()
    var classes: [String] = []
    for name in samples.classes { classes.append(try ClassName(name).text) }
    self.init(model: model, sample: SampleForm(samples), classes: classes)
    inbox = InboxSettings(data)
    try validate()
  }
}

extension SampleForm {
  /// Pixels as bytes, other numbers prepared.
  init(_ samples: LabelledSamples) {
    var storage = Storage.float32
    if case .pixels = samples.preparation { storage = .uint8 }
    self.init(storage: storage, shape: samples.shape, preparation: samples.preparation)
  }
}

extension InboxSettings {
  init(_ data: DataSpecification) {
    self.init()
    switch data.source {
    case .csv(_, let options): csvOptions = options.description
    case .npz(_, let options): npzOptions = options.description
    default: break
    }
  }

  /// - Throws: ``LifelongError/option(_:expected:found:)``.
  func validate() throws(LifelongError) {
    for (name, options) in [("csv", csvOptions), ("npz", npzOptions)] {
      do throws(TrainingError) {
        _ = try specification(of: "FILE", kind: name, options)
      } catch {
        throw .option(
          "inbox: \(name) options", expected: "those of \(name):FILE", found: "\(error)")
      }
    }
  }

  /// A file of the inbox as data; nil for one that is no table and no archive of arrays.
  ///
  /// - Throws: ``TrainingError/dataForm(_:part:reason:)``.
  func specification(of file: String) throws(TrainingError) -> DataSpecification? {
    let name = file.lowercased()
    if name.hasSuffix(".csv") { return try specification(of: file, kind: "csv", csvOptions) }
    if name.hasSuffix(".npz") { return try specification(of: file, kind: "npz", npzOptions) }
    return nil
  }

  /// The file's name is put in afterwards, for it may look like options.
  private func specification(
    of file: String, kind: String, _ options: String
  ) throws(TrainingError) -> DataSpecification {
    let text = options.isEmpty ? "\(kind):FILE" : "\(kind):FILE:\(options)"
    var specification = try DataSpecification(text)
    switch specification.source {
    case .csv(_, let options): specification.source = .csv(file: file, options)
    case .npz(_, let options): specification.source = .npz(file: file, options)
    default: break
    }
    return specification
  }
}
