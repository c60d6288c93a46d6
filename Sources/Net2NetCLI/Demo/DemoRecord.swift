import Net2Net

/// Everything the demo measured: what its table and its report are made of.
struct DemoRecord: Codable {
  /// What one evaluation on the test images found.
  struct Point: Codable {
    /// Training images seen since this network began to learn.
    var images: Int
    var accuracy: Double
    var loss: Double
    var seconds: Double
  }

  struct Curve: Codable {
    var role: DemoRole
    var cost: Cost
    var learningRate: Double
    /// The first is of the network as it came, the last of the trained one.
    var points: [Point]
    var imagesPerEpoch: Int
  }

  struct Growth: Codable {
    var role: DemoRole
    /// The plan as one would write it.
    var plan: String
    var receipt: Receipt
    var trainingGrade: Grade
  }

  var producer: String
  var machine: String
  var data: String
  var trainingImages: Int
  var testImages: Int
  var architecture: String
  var batchSize: Int
  var seed: UInt64
  var curves: [Curve]
  var growths: [Growth]
  var seconds: Double

  func curve(_ role: DemoRole) -> Curve? { curves.first { $0.role == role } }
}

/// The networks of the demo, in the order in which they are told of.
enum DemoRole: String, Codable, CaseIterable {
  case teacher, widened, deepened, scratch, randomPad, teacherOn

  var title: String {
    switch self {
    case .teacher: "teacher"
    case .widened: "widened student"
    case .deepened: "deepened student"
    case .scratch: "wide, from scratch"
    case .randomPad: "wide, random pad"
    case .teacherOn: "teacher, trained on"
    }
  }

  var explanation: String {
    switch self {
    case .teacher: "a small network, trained first"
    case .widened: "the teacher with every width doubled"
    case .deepened: "the teacher with identity layers inserted"
    case .scratch: "the wide network from random initialisation"
    case .randomPad: "the teacher's weights within a wide network drawn at random"
    case .teacherOn: "the teacher, with the same further budget"
    }
  }

  /// Which look of the report's style sheet.
  var look: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Whether the teacher's training went into this network.
  var buildsOnTeacher: Bool { self != .teacher && self != .scratch }
}

extension DemoRecord.Curve {
  var start: Double { points.first?.accuracy ?? 0 }
  var end: Double { points.last?.accuracy ?? 0 }

  var epochs: Int { (points.last?.images ?? 0) / max(imagesPerEpoch, 1) }

  /// Accuracy at the end of an epoch, counted from 1; nil where there was no evaluation then.
  func accuracy(afterEpoch epoch: Int) -> Double? {
    points.first { $0.images == epoch * imagesPerEpoch }?.accuracy
  }

  /// Training images until an evaluation first found at least `accuracy`; nil when none did.
  func images(toReach accuracy: Double) -> Int? {
    points.first { $0.accuracy >= accuracy }?.images
  }
}

extension DemoRecord.Growth {
  /// The largest relative difference that was found in evaluation mode.
  func largestDifference(_ type: ElementType) -> Double {
    largestDifference(type, mode: "evaluation")
  }

  func largestDifference(_ type: ElementType, mode: String) -> Double {
    receipt.findings.filter { $0.mode == mode && $0.elementType == type }
      .map(\.maxRelativeDifference).max() ?? 0
  }
}
