internal import Net2Net

/// Where data comes from, as one writes it on a command line.
public enum DataSpecification: Hashable, Sendable {
  /// Debian's package `dataset-fashion-mnist`.
  case fashionMNIST
  /// A folder with the four files of MNIST and its kin, plain or gzip.
  case idx(directory: String)
  /// A folder with the binary version of CIFAR-10.
  case cifar10(directory: String)

  static let forms = "fashion-mnist, idx:DIR or cifar10:DIR"

  /// - Throws: ``TrainingError/unknownData(_:nearest:)``.
  public init(_ text: String) throws(TrainingError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let kind = String(parts[0])
    let directory = parts.count > 1 ? String(parts[1]) : ""
    switch (kind, directory.isEmpty) {
    case ("fashion-mnist", true) where parts.count == 1: self = .fashionMNIST
    case ("idx", false): self = .idx(directory: directory)
    case ("cifar10", false): self = .cifar10(directory: directory)
    default: throw .unknownData(text, nearest: Self.nearestForm(to: kind))
    }
  }

  /// Reads the files.
  public func load() throws -> DataSet {
    switch self {
    case .fashionMNIST:
      try IDX.dataSet(
        name: description, directory: "/usr/share/datasets/fashion-mnist",
        classes: [
          "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker",
          "bag", "ankle boot",
        ],
        remedy: "apt-get install dataset-fashion-mnist, or idx:DIR with the four files elsewhere")
    case .idx(let directory):
      try IDX.dataSet(
        name: description, directory: directory, classes: nil,
        remedy: "an IDX folder holds {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz")
    case .cifar10(let directory):
      try CIFAR10.dataSet(name: description, directory: directory)
    }
  }

  private static func nearestForm(to kind: String) -> String? {
    guard !kind.isEmpty else { return nil }
    let forms = ["fashion-mnist": "fashion-mnist", "idx": "idx:DIR", "cifar10": "cifar10:DIR"]
    return nearest(to: kind, among: forms.keys.sorted()).first.flatMap { forms[$0] }
  }
}

extension DataSpecification: CustomStringConvertible {
  /// Reads back as the same specification.
  public var description: String {
    switch self {
    case .fashionMNIST: "fashion-mnist"
    case .idx(let directory): "idx:\(directory)"
    case .cifar10(let directory): "cifar10:\(directory)"
    }
  }
}
