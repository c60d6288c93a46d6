internal import Net2Net

// What stands behind the last colon of a specification: `size=64,channels=3`.

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

  init(_ options: [Substring], in text: String) throws(TrainingError) {
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
func keyed(
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

  init(_ value: String, in text: String) throws(TrainingError) {
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

  init(_ options: [Substring], in text: String) throws(TrainingError) {
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
      case "held-out": heldOut = try share(value, key, in: text)
      default: skipsBad = try skips(value, in: text)
      }
    }
    if let resize, resize < min(size.height, size.width) {
      throw bad("resize", "\(min(size.height, size.width)), the size, or more")
    }
  }
}

extension TextOptions: CustomStringConvertible {
  private static let keys = ["context", "stride", "held-out"]

  /// What differs from the defaults, `context=256`.
  public var description: String {
    let plain = TextOptions()
    return [
      context == plain.context ? nil : "context=\(context)", stride.map { "stride=\($0)" },
      heldOut == plain.heldOut ? nil : "held-out=\(heldOut)",
    ].compactMap(\.self).joined(separator: ",")
  }

  init(_ options: [Substring], in text: String) throws(TrainingError) {
    self.init()
    for (key, value) in try keyed(options, as: Self.keys, in: text) {
      switch key {
      case "held-out": heldOut = try share(value, key, in: text)
      default:
        guard let count = Int(value), (1...Self.largestContext).contains(count) else {
          throw .dataForm(
            text, part: key, reason: "1 to \(Self.largestContext) tokens expected")
        }
        if key == "context" { context = count } else { stride = count }
      }
    }
  }
}

/// A share of the data, neither none nor all.
private func share(
  _ value: String, _ key: String, in text: String
) throws(TrainingError) -> Double {
  guard let share = Double(value), share > 0, share < 1 else {
    throw .dataForm(text, part: key, reason: "a share between 0 and 1 expected")
  }
  return share
}

/// What is done about samples that are not as the others.
private func skips(_ value: String, in text: String) throws(TrainingError) -> Bool {
  guard ["skip", "stop"].contains(value) else {
    throw .dataForm(text, part: "on-bad", reason: "skip or stop expected")
  }
  return value == "skip"
}

extension CSVOptions: CustomStringConvertible {
  private static let keys = [
    "label", "categorical", "ignore", "delimiter", "header", "held-out", "on-bad",
  ]

  /// What differs from the defaults, `label=species,ignore=id+name`.
  public var description: String {
    let plain = CSVOptions()
    return [
      label.map { "label=\($0)" },
      categorical.isEmpty ? nil : "categorical=\(categorical.joined(separator: "+"))",
      ignored.isEmpty ? nil : "ignore=\(ignored.joined(separator: "+"))",
      delimiter == .comma ? nil : "delimiter=\(delimiter)", hasHeader ? nil : "header=no",
      heldOut == plain.heldOut ? nil : "held-out=\(heldOut)", skipsBad ? "on-bad=skip" : nil,
    ].compactMap(\.self).joined(separator: ",")
  }

  init(_ options: [Substring], in text: String) throws(TrainingError) {
    self.init()
    for (key, value) in try keyed(options, as: Self.keys, in: text) {
      switch key {
      case "label": label = value
      case "categorical": categorical = value.split(separator: "+").map(String.init)
      case "ignore": ignored = value.split(separator: "+").map(String.init)
      case "delimiter":
        guard let known = Delimiter(rawValue: value) else {
          let names = Delimiter.allCases.map(\.rawValue).joined(separator: ", ")
          throw .dataForm(text, part: key, reason: "one of \(names) expected")
        }
        delimiter = known
      case "header":
        guard ["yes", "no"].contains(value) else {
          throw .dataForm(text, part: key, reason: "yes or no expected")
        }
        hasHeader = value == "yes"
      case "held-out": heldOut = try share(value, key, in: text)
      default: skipsBad = try skips(value, in: text)
      }
    }
  }
}

extension NPZOptions: CustomStringConvertible {
  private static let keys = [
    "samples", "labels", "test-samples", "test-labels", "layout", "classes", "held-out", "on-bad",
  ]

  /// What differs from the defaults, `samples=images,labels=classes`.
  public var description: String {
    [
      samples.map { "samples=\($0)" }, labels.map { "labels=\($0)" },
      testSamples.map { "test-samples=\($0)" }, testLabels.map { "test-labels=\($0)" },
      isChannelsLast ? "layout=channels-last" : nil, classes.map { "classes=\($0)" },
      heldOut == NPZOptions().heldOut ? nil : "held-out=\(heldOut)",
      skipsBad ? "on-bad=skip" : nil,
    ].compactMap(\.self).joined(separator: ",")
  }

  init(_ options: [Substring], in text: String) throws(TrainingError) {
    self.init()
    for (key, value) in try keyed(options, as: Self.keys, in: text) {
      switch key {
      case "samples": samples = value
      case "labels": labels = value
      case "test-samples": testSamples = value
      case "test-labels": testLabels = value
      case "layout":
        guard ["channels-first", "channels-last"].contains(value) else {
          throw .dataForm(text, part: key, reason: "channels-first or channels-last expected")
        }
        isChannelsLast = value == "channels-last"
      case "classes":
        classes = Int(value)
        guard let classes, (1...NPZFile.mostClasses).contains(classes) else {
          throw .dataForm(text, part: key, reason: "1 to \(NPZFile.mostClasses) expected")
        }
      case "held-out": heldOut = try share(value, key, in: text)
      default: skipsBad = try skips(value, in: text)
      }
    }
  }
}
