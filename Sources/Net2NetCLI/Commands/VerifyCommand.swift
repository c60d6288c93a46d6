import ArgumentParser
import Net2Net
import Net2NetFiles
import Net2NetTorch
import Net2NetTraining

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Tell whether two networks compute the same function, and by how much they differ.",
    discussion: """
      Runs both on the same inputs, in evaluation and in training mode, in float32 and in float64, \
      and names the first layer that differs. Ends with 3 when the outputs in evaluation mode \
      differ by more than the tolerance in float64, or are NaN or infinite in one network alone in \
      either. A growth is exact in real arithmetic; a student's file \
      holds its weights rounded to float32, which shows as about 1e-7. Its receipt shows more: \
      replayed, it must give the student's file bit for bit, and the replay is compared before \
      that rounding. Examples:

        net2net verify teacher.onnx student.onnx --data fashion-mnist
        net2net verify teacher.onnx student.onnx --receipt student.receipt.json
      """)

  @ArgumentParser.Argument(help: "An ONNX file.")
  var teacher: String

  @ArgumentParser.Argument(help: "The ONNX file of the grown network.")
  var student: String

  @Option(help: "Compare on test images of this data set; on drawn numbers unless given.")
  var data: String?

  @Option(help: "The student's receipt, to be replayed and compared in full precision.")
  var receipt: String?

  @Option(help: "How many examples to compare on.")
  var examples = 8

  @Option(help: "The largest relative difference that counts as none.")
  var tolerance = 1e-5

  @Flag(help: "Judge training mode as well, where batch norm uses the batch's statistics.")
  var bothModes = false

  @Option(help: "What drawn inputs are drawn from.")
  var seed: UInt64 = 0

  @OptionGroup var engine: EngineOptions

  @Flag(help: "Print JSON for other programs.")
  var json = false

  func validate() throws {
    guard (2...65_536).contains(examples) else {
      throw ValidationError("examples: 2 to 65536 expected, \(examples) found")
    }
    guard tolerance >= 0 else {
      throw ValidationError("tolerance: a number of 0 or more expected, \(tolerance) found")
    }
    if let data { _ = try dataSpecification(data) }
  }

  func run() throws {
    let teacher = try Network(onnx: teacher)
    var verification = Verification()
    let student: Network
    if let receipt {
      let plan = try PlanFile(receipt)
      student = try replayed(plan, on: teacher, receipt: receipt)
      verification.comparesLeadingEntries = plan.plan.addsClasses
    } else {
      student = try Network(onnx: self.student)
    }
    verification.batchSize = examples
    verification.seed = seed
    verification.device = try engine.prepared()
    let inputs = try data.flatMap {
      try dataSet($0).examples(examples, for: teacher)
    }
    let report = try verification.compare(teacher: teacher, student: student, inputs: inputs)
    print(json ? try Net2NetFiles.json(Verdict(report)) : report.description)
    try judge(report)
    if !json { print(conclusion(report)) }
  }

  /// The student before its weights were rounded, proved to be the one in the file.
  private func replayed(
    _ plan: PlanFile, on teacher: Network, receipt: String
  ) throws -> Network {
    guard !plan.recorded.isEmpty else {
      throw CommandError.malformedPlan(file: receipt, reason: "it is a plan, not a receipt")
    }
    let replay = try teacher.replaying(plan.recorded, seed: plan.plan.seed)
    guard try Digest(of: replay) == Digest(of: Network(onnx: student)) else {
      throw CommandError.otherStudent(receipt: receipt, teacher: self.teacher, student: student)
    }
    return replay
  }

  private func conclusion(_ report: VerificationReport) -> String {
    let same = "the same function, within a tolerance of \(Figures.scientific(tolerance))"
    let single = report.largestDifference(in: .evaluation, .float32)?.maxRelative ?? 0
    guard single > Verification.roundingTolerance else { return same }
    return same
      + "; but in float32 the outputs differ by \(Figures.scientific(single)), relatively, "
      + "which is more than rounding usually gives"
  }

  private func judge(_ report: VerificationReport) throws {
    for mode in bothModes ? VerificationMode.allCases : [.evaluation] {
      guard let how = report.unlikeness(in: mode, beyond: tolerance) else { continue }
      let hasOtherShapes = report.comparisons.contains {
        $0.difference == nil && $0.studentShape != nil && $0.teacherShape != $0.studentShape
      }
      throw CommandError.differs(
        student: student, how: how,
        remedy: hasOtherShapes
          ? "for a student with more classes, --receipt compares those that both have" : nil)
    }
  }
}

/// What `verify --json` prints.
private struct Verdict: Encodable {
  var grade: Grade
  var trainingGrade: Grade
  var report: VerificationReport

  init(_ report: VerificationReport) {
    grade = report.grade
    trainingGrade = report.grade(in: .training)
    self.report = report
  }
}
