/// What a growth did and what was found of it: enough to do it again, bit for bit, from the
/// teacher alone. Written beside the student.
public struct Receipt: Hashable, Sendable, Codable {
  /// A network, recognisably.
  public struct Summary: Hashable, Sendable, Codable {
    /// SHA-256 of the network's content, in hexadecimal.
    public var sha256: String
    public var cost: Cost

    public init(sha256: String, cost: Cost) {
      self.sha256 = sha256
      self.cost = cost
    }
  }

  /// One comparison of student and teacher.
  public struct Finding: Hashable, Sendable, Codable {
    /// `evaluation` or `training`.
    public var mode: String
    public var elementType: ElementType
    public var maxAbsoluteDifference: Double
    /// Largest absolute difference over the teacher's largest absolute output.
    public var maxRelativeDifference: Double

    public init(
      mode: String, elementType: ElementType, maxAbsoluteDifference: Double,
      maxRelativeDifference: Double
    ) {
      self.mode = mode
      self.elementType = elementType
      self.maxAbsoluteDifference = maxAbsoluteDifference
      self.maxRelativeDifference = maxRelativeDifference
    }
  }

  public var formatVersion = 1
  /// Name and version of what wrote it.
  public var producer: String
  public var teacher: Summary
  public var student: Summary
  public var seed: UInt64
  public var steps: [GrowthStep]
  /// The grade found in evaluation mode; nil when nobody looked.
  public var grade: Grade?
  public var findings: [Finding]

  public init(
    producer: String, teacher: Summary, student: Summary, seed: UInt64, steps: [GrowthStep],
    grade: Grade? = nil, findings: [Finding] = []
  ) {
    self.producer = producer
    self.teacher = teacher
    self.student = student
    self.seed = seed
    self.steps = steps
    self.grade = grade
    self.findings = findings
  }

  /// The plan that made the student.
  public var plan: GrowthPlan { GrowthPlan(seed: seed, growths: steps.map(\.growth)) }
}
