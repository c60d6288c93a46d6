import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTorch
import Net2NetTraining
import Yams

/// The whole story on one data set: a teacher, two students grown from it, and the baselines
/// that any claim is measured against, all with the same budget and the same order of images.
struct Demo {
  let settings: DemoSettings
  let data: DataSet
  let folder: String
  let device: Device

  /// The demo's own names in its folder, some of which anybody might have given.
  ///
  /// - Throws: ``CommandError/outputExists(_:)``, `TrainingError.runExists`, and with `overwriting`
  ///   for what is not a demo's.
  static func checkFolder(_ folder: String, data: String, overwriting: Bool) throws {
    let grown = [DemoRole.widened, .deepened].map(\.rawValue)
    let names =
      ["report.html", "record.json"] + grown.flatMap { ["\($0).onnx", "\($0).receipt.json"] }
    var files = CommandFiles()
    files.read(data: data)
    for name in names { files.write("a file of the demo", "\(folder)/\(name)") }
    if FileManager.default.fileExists(atPath: folder) { try files.check(overwriting: overwriting) }
    for role in DemoRole.allCases {
      try RunDirectory("\(folder)/\(role.folder)").check(overwriting: overwriting)
    }
  }

  private func path(_ name: String) -> String { "\(folder)/\(name)" }

  func run() throws -> DemoRecord {
    let began = ContinuousClock.now
    var curves: [DemoRecord.Curve] = []
    say("Teacher: \(settings.architecture.rawValue), \(try newTeacher().cost().sentence)")
    let (teacher, teacherCurve) = try train(.teacher, try newTeacher())
    curves.append(teacherCurve)

    let wide = try grow(.widened, teacher, settings.widening)
    curves.append(try train(.widened, wide.network).curve)
    let deep = try grow(.deepened, teacher, settings.deepening)
    curves.append(try train(.deepened, deep.network).curve)

    say("Baselines, with the same budget and the same order of images")
    let scratch = GrowthPlan(seed: settings.seed, growths: [.randomInit(RandomInit())])
    curves.append(try train(.scratch, try wide.network.grown(by: scratch).network).curve)
    let padded = try teacher.grown(by: settings.padding).network
    curves.append(try train(.randomPad, padded).curve)
    curves.append(try train(.teacherOn, teacher).curve)

    return record(
      curves, growths: [wide.record, deep.record],
      seconds: (ContinuousClock.now - began) / .seconds(1))
  }

  private func newTeacher() throws -> Network {
    try settings.architecture.network(
      ArchitectureOptions(
        inputShape: data.sampleShape, classes: data.classes.count,
        widthFactor: settings.widthFactor, seed: settings.seed))
  }

  private func train(
    _ role: DemoRole, _ network: Network
  ) throws -> (network: Network, curve: DemoRecord.Curve) {
    let options = settings.options(role, images: data.training.count, device: device)
    let trainer = try Trainer(network, data: data, options: options)
    let directory = try RunDirectory.create(path(role.folder), overwriting: true)
    var watch = TrainingWatch(
      trainer, directory,
      display: TrainingDisplay(title: "  \(role.title)", isTerse: true))
    let result = try trainer.train(into: directory) { watch.show($0) }
    watch.end(isComplete: result.isComplete)
    let points = result.evaluations.map { metrics in
      DemoRecord.Point(
        images: metrics.images, accuracy: metrics.accuracy ?? 0, loss: metrics.loss ?? .nan,
        seconds: metrics.seconds)
    }
    let curve = DemoRecord.Curve(
      role: role, cost: try network.cost(), learningRate: options.optimizer.learningRate,
      points: points,
      imagesPerEpoch: data.training.count / settings.batchSize * settings.batchSize)
    return (result.network, curve)
  }

  private func grow(
    _ role: DemoRole, _ teacher: Network, _ plan: GrowthPlan
  ) throws -> (network: Network, record: DemoRecord.Growth) {
    let growth = VerifiedGrowth(teacher: teacher, plan: plan, data: data, device: device)
    let grown = try growth.grown()
    let report = try growth.verify(grown, name: role.title)
    let receipt = try growth.write(
      grown, report, to: path("\(role.rawValue).onnx"),
      receiptFile: path("\(role.rawValue).receipt.json"), overwriting: true)
    say(
      """
      \(role.title.prefix(1).uppercased() + role.title.dropFirst()): \
      \(plan.growths.map(\.sentence).joined(separator: "; "))
        \(grown.steps.map(\.costSentence).joined(separator: "; "))
        \(report.growthSentence)
      """)
    let record = DemoRecord.Growth(
      role: role, plan: try YAMLEncoder().encode(plan), receipt: receipt,
      trainingGrade: report.grade(in: .training))
    return (grown.network.evaluated(), record)
  }

  private func record(
    _ curves: [DemoRecord.Curve], growths: [DemoRecord.Growth], seconds: Double
  ) -> DemoRecord {
    let system = ProcessInfo.processInfo
    return DemoRecord(
      producer: Release.nameAndVersion,
      machine: "\(system.operatingSystemVersionString), \(system.activeProcessorCount) cores",
      data: data.name, trainingImages: data.training.count, testImages: data.test.count,
      architecture: settings.architecture.rawValue, batchSize: settings.batchSize,
      seed: settings.seed, curves: curves, growths: growths, seconds: seconds)
  }

  private func say(_ text: String) { print(text) }
}
