package import Net2Net

/// All samples of a source with their classes, for whoever decides otherwise than the source what
/// is learnt from.
package struct LabelledSamples: Sendable {
  package let name: String
  /// Names, in the order of the labels; some may have no samples.
  package let classes: [String]
  /// Those that the source would have to learn from, then those to be measured by.
  package let parts: [DataSplit]

  package var count: Int { parts.reduce(0) { $0 + $1.count } }

  /// Of one sample as networks are shown it.
  package var shape: Shape { parts[0].sampleShape }

  package var preparation: SamplePreparation { parts[0].samples.preparation }

  /// The same samples, prepared as others were.
  ///
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)`` where they cannot be, or
  ///   have another shape.
  package func prepared(
    as preparation: SamplePreparation, shape: Shape
  ) throws(TrainingError) -> LabelledSamples {
    var prepared: [DataSplit] = []
    for part in parts {
      prepared.append(
        DataSplit(
          try part.samples.prepared(as: preparation, in: name), labels: part.labels))
    }
    let result = LabelledSamples(name: name, classes: classes, parts: prepared)
    guard result.shape == shape else {
      throw .inconsistentData(
        name, part: "samples", expected: "\(shape)", found: "\(result.shape)")
    }
    return result
  }
}

extension DataSpecification {
  /// Everything that the source has, nothing held out that it does not hold out itself.
  ///
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)`` for a text, which has no
  ///   classes of samples; what loading throws.
  package func samples() throws -> LabelledSamples {
    var whole = self
    switch source {
    case .fashionMNIST, .idx, .cifar10: break
    case .folder(let directory, var options):
      options.heldOut = 0
      whole.source = .folder(directory: directory, options)
    case .csv(let file, var options):
      options.heldOut = 0
      whole.source = .csv(file: file, options)
    case .npz(let file, var options):
      options.heldOut = 0
      whole.source = .npz(file: file, options)
    case .text(let file, _):
      throw TrainingError.inconsistentData(
        file, part: "samples", expected: "samples of classes", found: "a text")
    }
    let data = try whole.load()
    let parts = [data.training, data.test].filter { $0.count > 0 }
    return LabelledSamples(name: description, classes: data.classes, parts: parts)
  }
}
