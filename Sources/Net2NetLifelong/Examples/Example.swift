/// A sample and its class, as it arrives.
public struct Example: Hashable, Sendable {
  /// As ``SampleForm`` stores it: a byte for each pixel, or four for each number, little-endian.
  public var sample: [UInt8]
  /// The number of the class, see ``ExampleStore/classes``.
  public var label: Int

  public init(sample: [UInt8], label: Int) {
    self.sample = sample
    self.label = label
  }

  /// Numbers as networks see them.
  public init(numbers: [Float], label: Int) {
    // Every system that Swift and libtorch run on is little-endian.
    sample = numbers.withUnsafeBytes { Array($0) }
    self.label = label
  }
}

/// An example as somebody sends it who may know its class by name alone.
public struct IncomingExample: Hashable, Sendable {
  /// As ``Example/sample``.
  public var sample: [UInt8]
  public var label: ClassLabel

  public init(sample: [UInt8], label: ClassLabel) {
    self.sample = sample
    self.label = label
  }

  public init(_ example: Example) {
    self.init(sample: example.sample, label: .number(example.label))
  }
}

public enum ClassLabel: Hashable, Sendable {
  /// Of a class that there is.
  case number(Int)
  /// Of a class that there is, or that appears with this example.
  case name(String)
}

/// An example that has been stored.
public struct StoredExample: Hashable, Sendable {
  /// From 0, in the order of arrival.
  public let number: Int
  public let sample: [UInt8]
  public let label: Int
  /// Never learnt from.
  public let isHeldOut: Bool
  public let received: Timestamp
}

/// How many examples there are.
public struct ExampleCounts: Hashable, Sendable, Codable {
  /// To learn from, and held out, by class.
  public internal(set) var trainingByClass: [Int] = []
  public internal(set) var heldOutByClass: [Int] = []
  /// Those that can no longer be read; in neither of the others.
  public internal(set) var damaged = 0

  public var training: Int { trainingByClass.reduce(0, +) }
  public var heldOut: Int { heldOutByClass.reduce(0, +) }
  public var total: Int { training + heldOut + damaged }
}

extension ExampleCounts {
  mutating func add(_ entry: ExampleEntry, _ change: Int = 1) {
    if entry.isDamaged {
      damaged += change
      return
    }
    while trainingByClass.count <= entry.label {
      trainingByClass.append(0)
      heldOutByClass.append(0)
    }
    if entry.isHeldOut {
      heldOutByClass[entry.label] += change
    } else {
      trainingByClass[entry.label] += change
    }
  }
}
