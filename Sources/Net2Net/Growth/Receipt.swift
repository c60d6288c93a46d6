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

  /// 2 has the origins of each step, 1 has not.
  public private(set) var formatVersion = 2
  /// Name and version of what wrote it, such as ``Release/nameAndVersion``.
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

  /// - Throws: ``NetworkError/invalidValue(_:found:expected:)`` for a version that is not known.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    formatVersion = try values.decode(Int.self, forKey: .formatVersion)
    guard (1...2).contains(formatVersion) else {
      throw NetworkError.invalidValue(
        "receipt: formatVersion", found: "\(formatVersion)", expected: "1 or 2")
    }
    producer = try values.decode(String.self, forKey: .producer)
    teacher = try values.decode(Summary.self, forKey: .teacher)
    student = try values.decode(Summary.self, forKey: .student)
    seed = try values.decode(UInt64.self, forKey: .seed)
    steps = try values.decode([GrowthStep].self, forKey: .steps)
    grade = try values.decodeIfPresent(Grade.self, forKey: .grade)
    findings = try values.decode([Finding].self, forKey: .findings)
    guard formatVersion == 1 || steps.allSatisfy({ $0.origins != nil }) else {
      throw NetworkError.invalidValue(
        "receipt: steps", found: "a step without origins", expected: "origins in every step")
    }
  }

  /// Where the student has its parameters and nodes from, relative to the teacher; nil for a
  /// receipt of version 1, which has to be replayed to tell.
  public var origins: Origins? {
    let known = steps.compactMap(\.origins)
    return known.count == steps.count ? Origins(composing: known) : nil
  }

  /// The plan that made the student.
  public var plan: GrowthPlan { GrowthPlan(seed: seed, growths: steps.map(\.growth)) }
}
