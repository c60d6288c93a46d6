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
      differ by more than the tolerance. A growth is exact in real arithmetic; a student's file \
      holds its weights rounded to float32, which shows as about 1e-7. Example:

        net2net verify teacher.onnx student.onnx --data fashion-mnist
      """)

  @ArgumentParser.Argument(help: "An ONNX file.")
  var teacher: String

  @ArgumentParser.Argument(help: "The ONNX file of the grown network.")
  var student: String

  @Option(help: "Compare on test images of this data set; on drawn numbers unless given.")
  var data: String?

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
    let student = try Network(onnx: student)
    var verification = Verification()
    verification.batchSize = examples
    verification.seed = seed
    verification.device = try engine.prepared()
    let inputs = try data.flatMap {
      try dataSpecification($0).load().examples(examples, for: teacher)
    }
    let report = try verification.compare(teacher: teacher, student: student, inputs: inputs)
    print(json ? try Net2NetCLI.json(Verdict(report)) : report.description)
    try judge(report)
    if !json { print("the same function, within a tolerance of \(Figures.scientific(tolerance))") }
  }

  private func judge(_ report: VerificationReport) throws {
    for mode in bothModes ? VerificationMode.allCases : [.evaluation] {
      let difference = report.largestDifference(in: mode, .float64)
      if let difference, difference.maxRelative <= tolerance { continue }
      throw CommandError.differs(student: student, by: difference, remedy: nil)
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
