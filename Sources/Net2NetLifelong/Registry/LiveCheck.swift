/// Everything that a live model has on its disk, read and compared with what it should be.
public struct LiveCheck: Sendable, Encodable {
  public let versionCount: Int
  public let exampleCount: Int
  /// What is wrong, a sentence each.
  public let findings: [String]
  /// What is not wrong and worth knowing, what could not be compared included; a sentence each.
  public let remarks: [String]
  /// What has been looked at, and how much of it.
  public let examined: [String]
  /// What has not.
  public let notExamined: [String]

  /// Reads the registry, the file of every version and every example, and runs what aliases point
  /// to. Another process may write meanwhile.
  ///
  /// - Throws: what keeps it from looking any further.
  public init(reading path: String) throws {
    var examination = try LiveExamination(LiveFolder(path))
    examination.examineSettings()
    examination.examineLearner()
    examination.examineRegistry()
    examination.examineNetworks()
    examination.examineExamples()
    examination.compareLearner()
    examination.examineLock()
    versionCount = examination.versions.count
    exampleCount = examination.exampleCount
    findings = examination.findings
    remarks = examination.remarks
    examined = examination.examined
    notExamined = examination.notExamined
  }
}
