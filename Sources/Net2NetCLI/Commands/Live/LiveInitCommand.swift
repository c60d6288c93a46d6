import ArgumentParser
import Foundation
import Net2Net
import Net2NetFiles
import Net2NetLifelong
import Net2NetTraining

struct LiveInitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make the folder of a live model, with a network as its first version.",
    discussion: """
      The data tells the shape of samples, the classes and how samples are prepared, once and \
      for all; its samples are not added. Other settings are in live.json and may be edited \
      before the first examples come. Example:

        net2net live init shop --network small.onnx --data fashion-mnist
        net2net live init shop --network small.onnx --data csv:a.csv --learner l.json
      """)

  @Argument(help: "The folder to make.")
  var folder: String

  @Option(help: "An ONNX file, the first version.")
  var network: String

  @Option(help: "\(DataSpecification.forms).")
  var data: String

  @Option(help: "The name the model is served under; the folder's unless given.")
  var name: String?

  @Option(help: "The share of examples that are never learnt from.")
  var heldOut = 0.1

  @Option(help: "How many old examples are rehearsed from.")
  var reservoir = 10_000

  @Option(help: "A file of JSON with any of the learner's settings, as live simulate takes.")
  var learner: String?

  @Option(help: "What everything is drawn from.")
  var seed: UInt64 = 0

  func validate() throws { _ = try dataSpecification(data) }

  func run() throws {
    let network = try Network(onnx: network)
    let last = URL(filePath: folder).standardizedFileURL.lastPathComponent
    var settings = try LiveSettings(model: name ?? last, like: dataSpecification(data))
    settings.heldOutShare = heldOut
    settings.reservoirSize = reservoir
    settings.seed = seed
    if let learner { settings.learner = try LearnerSettings(json: learner) }
    let model = try LiveModel.create(
      folder, settings, network: network, source: self.network)
    let version = try model.registry.version(1)
    print(
      """
      \(folder): model "\(settings.model)", samples \(settings.sample.shape), \
      \(settings.classes.count) classes; version 1, \(version.cost.sentence), is champion
      """)
  }
}
