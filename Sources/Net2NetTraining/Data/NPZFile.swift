internal import Net2Net

/// How arrays become samples.
public struct NPZOptions: Hashable, Sendable {
  /// Arrays' names; `x_train` or `x`, and `y_train` or `y`, when nil.
  public var samples: String?
  public var labels: String?
  /// `x_test` and `y_test`, where they are there, when nil.
  public var testSamples: String?
  public var testLabels: String?
  /// Images are (image, row, column, channel).
  public var isChannelsLast = false
  /// Labels are below this; as many as the largest label asks for when nil.
  public var classes: Int?
  /// The share of samples to be measured by, where no array holds those; at 0 there need be none.
  public var heldOut = 0.2
  /// Leaves out samples with numbers that are none, or labels without a class.
  public var skipsBad = false

  public init() {}
}

/// Arrays that NumPy's `savez` or `savez_compressed` wrote: numbers (sample, feature), images
/// (image, row, column) or (image, channel, row, column), and whole numbers from 0 as labels.
struct NPZFile {
  let name: String
  let file: String
  let options: NPZOptions

  private struct Part {
    var rows: [Int] = []
    var labels: [Int] = []
  }

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` with array and sample.
  func dataSet() throws -> DataSet {
    let archive = try ZipArchive(file)
    let names = archive.names.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
    let samples = try array(options.samples, or: ["x_train", "x"], "samples", names, archive)
    let labels = try array(options.labels, or: ["y_train", "y"], "labels", names, archive)
    var skipped = 0
    var training = try part(samples, labels, &skipped)
    var test = Part()
    var testSamples = samples
    if let pair = try testNames(names, samples) {
      testSamples = try array(pair.0, or: [], "test-samples", names, archive)
      test = try part(
        testSamples, try array(pair.1, or: [], "test-labels", names, archive), &skipped)
    } else {
      (training, test) = heldOut(of: training)
    }
    guard !training.rows.isEmpty, !test.rows.isEmpty || options.heldOut == 0 else {
      throw malformed(
        "samples", "some to learn from and some to be measured by",
        "\(training.rows.count) and \(test.rows.count)")
    }
    return try dataSet(samples, training, testSamples, test, skipped)
  }

  private func dataSet(
    _ samples: NumPyArray, _ training: Part, _ testSamples: NumPyArray, _ test: Part,
    _ skipped: Int
  ) throws -> DataSet {
    var rows = ArrayRows(
      samples, rows: training.rows, shape: try shape(of: samples),
      isChannelsLast: options.isChannelsLast)
    rows.standardize()
    var testRows = ArrayRows(
      testSamples, rows: test.rows, shape: try shape(of: testSamples),
      isChannelsLast: options.isChannelsLast)
    guard testRows.shape == rows.shape else {
      throw malformed(
        "\"\(testSamples.name)\"", "samples \(rows.shape), as in \"\(samples.name)\",",
        "\(testRows.shape)")
    }
    (testRows.means, testRows.deviations) = (rows.means, rows.deviations)
    let largest = max(training.labels.max() ?? 0, test.labels.max() ?? 0)
    func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
    return try DataSet(
      name: name, classes: (0..<(options.classes ?? largest + 1)).map(String.init),
      training: DataSplit(rows, labels: training.labels),
      test: DataSplit(testRows, labels: test.labels),
      preparation:
        "(value - mean) / deviation, by \(rows.shape.rank == 3 ? "channel" : "feature"): "
        + "mean \(list(rows.means)), deviation \(list(rows.deviations))",
      remarks: skipped == 0
        ? [] : ["\(name): samples left out, with bad numbers or labels: \(skipped)"])
  }

  // MARK: Arrays

  private func array(
    _ given: String?, or standard: [String], _ option: String, _ names: [String],
    _ archive: ZipArchive
  ) throws -> NumPyArray {
    guard let name = given ?? standard.first(where: names.contains), names.contains(name) else {
      let wanted = given.map { "\"\($0)\"" } ?? standard.joined(separator: " or ")
      throw malformed(
        "arrays", "\(wanted), or another that \(option)= names,",
        names.isEmpty ? "none" : names.joined(separator: ", "))
    }
    return try NumPyArray(name, in: archive)
  }

  private func testNames(
    _ names: [String], _ samples: NumPyArray
  ) throws -> (String, String)? {
    switch (options.testSamples, options.testLabels) {
    case (let samples?, let labels?): return (samples, labels)
    case (nil, nil):
      let isStandard = samples.name == "x_train" && names.contains("x_test")
      return isStandard && names.contains("y_test") ? ("x_test", "y_test") : nil
    default:
      throw malformed("arrays", "both of test-samples= and test-labels=", "one of them")
    }
  }

  private func shape(of array: NumPyArray) throws -> Shape {
    let sizes = array.shape.sizes
    guard (2...4).contains(sizes.count), sizes.allSatisfy({ $0 > 0 }) else {
      throw malformed(
        "\"\(array.name)\"",
        "(sample, feature), (image, row, column) or (image, channel, row, column), none empty,",
        "\(array.shape)")
    }
    switch sizes.count {
    case 2: return [sizes[1]]
    case 3: return [1, sizes[1], sizes[2]]
    default:
      return options.isChannelsLast
        ? [sizes[3], sizes[1], sizes[2]] : [sizes[1], sizes[2], sizes[3]]
    }
  }

  // MARK: Samples

  /// Every sample that is good, in order.
  private func part(
    _ samples: NumPyArray, _ labels: NumPyArray, _ skipped: inout Int
  ) throws -> Part {
    let size = try shape(of: samples).elementCount
    let count = samples.shape[0]
    guard !labels.elementType.isFloatingPoint, labels.shape.elementCount == count,
      labels.shape.rank == 1 || labels.shape.sizes.dropFirst().allSatisfy({ $0 == 1 })
    else {
      throw malformed(
        "\"\(labels.name)\"", "\(count) whole numbers, one for each of \"\(samples.name)\",",
        "\(labels.elementType.rawValue)\(labels.shape)")
    }
    var part = Part()
    for index in 0..<count {
      do {
        let label = labels.value(index)
        guard label >= 0, label < Double(options.classes ?? Self.mostClasses) else {
          let most = (options.classes ?? Self.mostClasses) - 1
          throw malformed(
            "\"\(labels.name)\", sample \(index)", "0 to \(most)", "\(Int(label))")
        }
        if samples.elementType.isFloatingPoint {
          try checkNumbers(samples, index, size: size)
        }
        part.rows.append(index)
        part.labels.append(Int(label))
      } catch let error as TrainingError {
        guard options.skipsBad else { throw error }
        skipped += 1
      }
    }
    return part
  }

  static let mostClasses = 10_000

  private func checkNumbers(_ samples: NumPyArray, _ index: Int, size: Int) throws {
    for place in index * size..<(index + 1) * size where !samples.value(place).isFinite {
      throw malformed(
        "\"\(samples.name)\", sample \(index)", "numbers", "\(samples.value(place))")
    }
  }

  private func heldOut(of all: Part) -> (Part, Part) {
    let draw = Draw(seed: 0).derived(for: "samples held out")
    var parts = (Part(), Part())
    for (row, label) in zip(all.rows, all.labels) {
      if draw.uniform(row) < options.heldOut {
        parts.1.rows.append(row)
        parts.1.labels.append(label)
      } else {
        parts.0.rows.append(row)
        parts.0.labels.append(label)
      }
    }
    return parts
  }

  private func malformed(_ part: String, _ expected: String, _ found: String) -> TrainingError {
    .malformedData(file: file, part: part, expected: expected, found: found)
  }
}
