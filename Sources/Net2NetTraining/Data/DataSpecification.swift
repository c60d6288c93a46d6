internal import Net2Net

/// Where data comes from and how it is shown to networks, as one writes it on a command line:
/// `fashion-mnist`, `cifar10:DIR`, `idx:DIR:size=64,channels=3`.
public struct DataSpecification: Hashable, Sendable {
  public enum Source: Hashable, Sendable {
    /// Debian's package `dataset-fashion-mnist`.
    case fashionMNIST
    /// A folder with the four files of MNIST and its kin, plain or gzip.
    case idx(directory: String)
    /// A folder with the binary version of CIFAR-10.
    case cifar10(directory: String)
    /// A folder of images for each class.
    case folder(directory: String, FolderOptions)
    /// A table with a column of classes.
    case csv(file: String, CSVOptions)
    /// NumPy's arrays of samples and labels.
    case npz(file: String, NPZOptions)
    /// Any file, its bytes as tokens.
    case text(file: String, TextOptions)
  }

  public var source: Source
  public var form: ImageForm

  public init(_ source: Source, form: ImageForm = .stored) {
    self.source = source
    self.form = form
  }

  /// Each source with its images as they are stored.
  public static let fashionMNIST = DataSpecification(.fashionMNIST)

  public static func idx(directory: String) -> DataSpecification {
    DataSpecification(.idx(directory: directory))
  }

  public static func cifar10(directory: String) -> DataSpecification {
    DataSpecification(.cifar10(directory: directory))
  }

  /// What a specification may look like, options aside.
  public static let forms =
    "fashion-mnist, idx:DIR, cifar10:DIR, folder:DIR, csv:FILE, npz:FILE or text:FILE"

  /// - Throws: ``TrainingError/unknownData(_:nearest:)``, ``TrainingError/dataForm(_:part:reason:)``.
  public init(_ text: String) throws(TrainingError) {
    let (source, options) = Self.parted(text)
    let parts = source.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let kind = String(parts[0])
    let path = parts.count > 1 ? String(parts[1]) : ""
    form = .stored
    switch (kind, path.isEmpty) {
    case ("fashion-mnist", true) where parts.count == 1: self.source = .fashionMNIST
    case ("idx", false): self.source = .idx(directory: path)
    case ("cifar10", false): self.source = .cifar10(directory: path)
    case ("folder", false):
      self.source = .folder(directory: path, try FolderOptions(options, in: text))
      return
    case ("csv", false):
      self.source = .csv(file: path, try CSVOptions(options, in: text))
      return
    case ("npz", false):
      self.source = .npz(file: path, try NPZOptions(options, in: text))
      return
    case ("text", false):
      self.source = .text(file: path, try TextOptions(options, in: text))
      return
    default: throw .unknownData(text, nearest: Self.nearestForm(to: kind))
    }
    form = try ImageForm(options, in: text)
  }

  /// What follows the last colon is options if each of its parts has an equals sign; a directory
  /// may have colons of its own.
  private static func parted(_ text: String) -> (source: Substring, options: [Substring]) {
    guard let colon = text.lastIndex(of: ":") else { return (text[...], []) }
    let options = text[text.index(after: colon)...]
      .split(separator: ",", omittingEmptySubsequences: false)
    guard options.allSatisfy({ $0.contains("=") && !$0.contains("/") }) else {
      return (text[...], [])
    }
    return (text[..<colon], options)
  }

  /// Reads the files.
  public func load() throws -> DataSet {
    let data = try stored()
    return form == .stored ? data : try data.shown(as: form, name: description)
  }

  private func stored() throws -> DataSet {
    switch source {
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
        remedy: "an IDX folder holds {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz"
          // Some begin to count at 1.
      ).withoutEmptyClasses(skipping: true)
    case .cifar10(let directory):
      try CIFAR10.dataSet(name: description, directory: directory)
    case .folder(let directory, let options):
      try ImageFolder(name: description, directory: directory, options: options).dataSet()
    case .csv(let file, let options):
      try CSVFile(name: description, file: file, options: options).dataSet()
        .withoutEmptyClasses(skipping: options.skipsBad)
    case .npz(let file, let options):
      try NPZFile(name: description, file: file, options: options).dataSet()
        .withoutEmptyClasses(skipping: options.skipsBad || options.heldOut == 0)
    case .text(let file, let options):
      try TextFile(name: description, file: file, options: options).dataSet()
    }
  }

  private static func nearestForm(to kind: String) -> String? {
    guard !kind.isEmpty else { return nil }
    let forms = [
      "fashion-mnist": "fashion-mnist", "idx": "idx:DIR", "cifar10": "cifar10:DIR",
      "folder": "folder:DIR", "csv": "csv:FILE", "npz": "npz:FILE", "text": "text:FILE",
    ]
    return nearest(to: kind, among: forms.keys.sorted()).first.flatMap { forms[$0] }
  }
}

extension DataSpecification: CustomStringConvertible {
  /// Reads back as the same specification.
  public var description: String {
    let options = form.description
    return options.isEmpty ? source.description : "\(source):\(options)"
  }
}

extension DataSpecification.Source: CustomStringConvertible {
  public var description: String {
    switch self {
    case .fashionMNIST: "fashion-mnist"
    case .idx(let directory): "idx:\(directory)"
    case .cifar10(let directory): "cifar10:\(directory)"
    case .folder(let directory, let options):
      ["folder:\(directory)", options.description].filter { !$0.isEmpty }.joined(separator: ":")
    case .csv(let file, let options):
      ["csv:\(file)", options.description].filter { !$0.isEmpty }.joined(separator: ":")
    case .npz(let file, let options):
      ["npz:\(file)", options.description].filter { !$0.isEmpty }.joined(separator: ":")
    case .text(let file, let options):
      ["text:\(file)", options.description].filter { !$0.isEmpty }.joined(separator: ":")
    }
  }
}
