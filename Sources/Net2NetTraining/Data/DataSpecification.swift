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

  static let forms = "fashion-mnist, idx:DIR, cifar10:DIR or folder:DIR"

  /// - Throws: ``TrainingError/unknownData(_:nearest:)``, ``TrainingError/dataForm(_:part:reason:)``.
  public init(_ text: String) throws(TrainingError) {
    let (source, options) = Self.parted(text)
    let parts = source.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let kind = String(parts[0])
    let directory = parts.count > 1 ? String(parts[1]) : ""
    if kind == "folder", !directory.isEmpty {
      self.source = .folder(directory: directory, try FolderOptions(options, in: text))
      form = .stored
      return
    }
    form = try ImageForm(options, in: text)
    switch (kind, directory.isEmpty) {
    case ("fashion-mnist", true) where parts.count == 1: self.source = .fashionMNIST
    case ("idx", false): self.source = .idx(directory: directory)
    case ("cifar10", false): self.source = .cifar10(directory: directory)
    default: throw .unknownData(text, nearest: Self.nearestForm(to: kind))
    }
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
        remedy: "an IDX folder holds {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz")
    case .cifar10(let directory):
      try CIFAR10.dataSet(name: description, directory: directory)
    case .folder(let directory, let options):
      try ImageFolder(name: description, directory: directory, options: options).dataSet()
    }
  }

  private static func nearestForm(to kind: String) -> String? {
    guard !kind.isEmpty else { return nil }
    let forms = [
      "fashion-mnist": "fashion-mnist", "idx": "idx:DIR", "cifar10": "cifar10:DIR",
      "folder": "folder:DIR",
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
    }
  }
}

extension ImageForm: CustomStringConvertible {
  private static let keys = ["size", "channels"]

  /// `size=64,channels=3`; empty for images as they are stored.
  public var description: String {
    let sizes = size.map { size in
      size.height == size.width ? "\(size.height)" : "\(size.height)x\(size.width)"
    }
    return [sizes.map { "size=\($0)" }, channels.map { "channels=\($0)" }].compactMap(\.self)
      .joined(separator: ",")
  }

  fileprivate init(_ options: [Substring], in text: String) throws(TrainingError) {
    self.init()
    for (key, value) in try keyed(options, as: Self.keys, in: text) {
      if key == "size" { try setSize(value, text) } else { try setChannels(value, text) }
    }
  }

  private mutating func setSize(_ value: String, _ text: String) throws(TrainingError) {
    size = try Size(value, in: text)
  }

  private mutating func setChannels(_ value: String, _ text: String) throws(TrainingError) {
    guard let count = Int(value), (1...64).contains(count) else {
      throw .dataForm(text, part: "channels", reason: "1 to 64 expected")
    }
    channels = count
  }
}

/// Options `key=value`, each known and given once.
private func keyed(
  _ options: [Substring], as known: [String], in text: String
) throws(TrainingError) -> [(key: String, value: String)] {
  var found: [(key: String, value: String)] = []
  for option in options {
    let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let (key, value) = (String(parts[0]), String(parts[1]))
    guard known.contains(key) else {
      let close = nearest(to: key, among: known).first
      throw .dataForm(
        text, part: key,
        reason: close.map { "did you mean \($0)?" }
          ?? "known are \(known.joined(separator: ", "))")
    }
    guard !found.contains(where: { $0.key == key }) else {
      throw .dataForm(text, part: key, reason: "it is given twice")
    }
    found.append((key, value))
  }
  return found
}

extension ImageForm.Size: CustomStringConvertible {
  public var description: String { height == width ? "\(height)" : "\(height)x\(width)" }

  fileprivate init(_ value: String, in text: String) throws(TrainingError) {
    guard let sizes = KernelSize.sizes(value), (1...2).contains(sizes.count),
      sizes.allSatisfy((1...ImageForm.largestSize).contains)
    else {
      throw .dataForm(
        text, part: "size", reason: "1 to \(ImageForm.largestSize) expected, such as 64 or 48x64")
    }
    self.init(height: sizes[0], width: sizes[sizes.count - 1])
  }
}

extension FolderOptions: CustomStringConvertible {
  private static let keys = ["size", "resize", "channels", "held-out", "on-bad"]

  /// What differs from the defaults, `size=64,channels=1`.
  public var description: String {
    let plain = FolderOptions()
    return [
      size == plain.size ? nil : "size=\(size)", resize.map { "resize=\($0)" },
      channels == plain.channels ? nil : "channels=\(channels)",
      heldOut == plain.heldOut ? nil : "held-out=\(heldOut)", skipsBad ? "on-bad=skip" : nil,
    ].compactMap(\.self).joined(separator: ",")
  }

  fileprivate init(_ options: [Substring], in text: String) throws(TrainingError) {
    self.init()
    func bad(_ key: String, _ expected: String) -> TrainingError {
      .dataForm(text, part: key, reason: "\(expected) expected")
    }
    for (key, value) in try keyed(options, as: Self.keys, in: text) {
      switch key {
      case "size": size = try ImageForm.Size(value, in: text)
      case "resize":
        resize = Int(value)
        guard let resize, resize <= ImageForm.largestSize else { throw bad(key, "a number") }
      case "channels":
        channels = Int(value) ?? 0
        guard [1, 3].contains(channels) else { throw bad(key, "1 or 3") }
      case "held-out":
        heldOut = Double(value) ?? -1
        guard heldOut > 0, heldOut < 1 else { throw bad(key, "a share between 0 and 1") }
      default:
        guard ["skip", "stop"].contains(value) else { throw bad(key, "skip or stop") }
        skipsBad = value == "skip"
      }
    }
    if let resize, resize < min(size.height, size.width) {
      throw bad("resize", "\(min(size.height, size.width)), the size, or more")
    }
  }
}
