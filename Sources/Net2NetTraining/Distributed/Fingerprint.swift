internal import Net2Net
internal import Net2NetFiles
internal import Net2NetTorch
internal import OrderedCollections

extension Ranks {
  /// Compares what all ranks hold, by hashes.
  ///
  /// - Throws: ``TrainingError/ranksDiffer(_:at:)``, ``TrainingError/ranksHoldOther(_:_:remedy:)``
  ///   for the first part that is not the same on all.
  func check(_ fingerprint: @autoclosure () throws -> Fingerprint, at moment: String) throws {
    guard size > 1 else { return }
    let parts = try fingerprint().parts
    let all = try gathered(parts.flatMap(\.digest.words), "comparing networks at \(moment)")
    let count = Digest.wordCount
    for (index, part) in parts.enumerated() {
      let words = all.map { $0[index * count..<(index + 1) * count] }
      let others = words.indices.filter { words[$0] != words[0] }
      guard others.isEmpty else { throw part.kind.difference(of: others, at: moment) }
    }
  }
}

/// What all ranks must hold alike: of anything else, some would learn what the others do not know
/// of. As many parts on all ranks, whatever they hold.
struct Fingerprint {
  enum Kind {
    /// With its summary here.
    case data(String)
    case options
    case plan
    case progress
    case network
    case optimizer
  }

  private(set) var parts: [(kind: Kind, digest: Digest)] = []

  /// What a rank learns from.
  init(of data: DataSet) throws {
    parts.append((.data(data.summary), Self.digest(of: data.summary, "\(try data.digest())")))
  }

  private static func digest(of texts: String...) -> Digest {
    var parts = DigestOfParts()
    for text in texts { parts.add(text) }
    return parts.digest
  }

  /// What changes as ranks learn.
  init(of classifier: Classifier, _ optimizer: Optimizer) throws {
    let network = try classifier.network(in: classifier.compiled.precision)
    parts.append((.network, try Digest(of: network)))
    let state = try optimizer.state()
    var moments = DigestOfParts()
    moments.add([state.steps])
    for (moment, tensors) in state.moments.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      moments.add(moment.rawValue)
      moments.add(Digest(of: Array(tensors.values)).description)
    }
    parts.append((.optimizer, moments.digest))
  }

  /// All that decides a run.
  init(
    of trainer: Trainer, _ progress: RunProgress, _ classifier: Classifier, _ optimizer: Optimizer
  ) throws {
    try self.init(of: trainer.data)
    var options = trainer.options
    options.threads = nil  // each rank may have cores of its own
    parts.append((.options, Self.digest(of: try json(options))))
    parts.append((.plan, Self.digest(of: try json(trainer.growth))))
    // Growths have the seconds that they took.
    var place = DigestOfParts()
    place.add([progress.step, progress.samples, progress.scheduleSteps])
    parts.append((.progress, place.digest))
    parts += try Fingerprint(of: classifier, optimizer).parts
  }
}

extension Fingerprint.Kind {
  fileprivate func difference(of ranks: [Int], at moment: String) -> TrainingError {
    let same = "give all ranks the same"
    return switch self {
    case .data(let summary):
      .ranksHoldOther(
        "the data", ranks,
        remedy: "\(same) samples with the same labels, in the same order; here: \(summary)")
    case .options: .ranksHoldOther("the set of options", ranks, remedy: same)
    case .plan: .ranksHoldOther("the plan of growths", ranks, remedy: same)
    case .progress: .ranksHoldOther("the checkpoint", ranks, remedy: same)
    case .network, .optimizer: .ranksDiffer(ranks, at: moment)
    }
  }
}

extension Digest {
  fileprivate static let wordCount = 8

  /// 32 bits each, which a double holds.
  fileprivate var words: [Double] {
    let digits = Array(description)
    return stride(from: 0, to: digits.count, by: 8).map { start in
      Double(UInt32(String(digits[start..<start + 8]), radix: 16) ?? 0)
    }
  }
}
