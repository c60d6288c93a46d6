public import Net2Net

/// A growth that a run has been through.
public struct GrowthRecord: Hashable, Sendable, Codable {
  /// Which step of the schedule it was, from 0.
  public var index: Int
  /// The run's steps when the network grew.
  public var step: Int
  public var growths: [Growth]
  public var before: Cost
  public var after: Cost
  public var learningRate: RatePolicy
  /// Found in evaluation and in training mode; nil for growths that do not keep the function.
  public var grade: Grade?
  public var trainingGrade: Grade?
  /// In evaluation mode, in double.
  public var relativeDifference: Double?
  /// That growing and verifying took.
  public var seconds: Double
}

extension GrowthRecord {
  /// Files in the run's folder: the network as it was before, and how the larger one came about.
  public var teacherName: String { "growth-\(index + 1).teacher.onnx" }
  public var receiptName: String { "growth-\(index + 1).receipt.json" }
}
