import ArgumentParser
import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure how well a network recognises the test samples of a data set.",
    discussion: """
      Example:

        net2net evaluate runs/teacher/network.onnx --data fashion-mnist
      """)

  @Argument(help: "An ONNX file.")
  var network: String

  @Option(help: "\(DataSpecification.forms).")
  var data: String

  @Option(help: "How many samples are run at once.")
  var batchSize = 256

  @OptionGroup var engine: EngineOptions

  @Flag(help: "Print JSON for other programs.")
  var json = false

  func validate() throws {
    _ = try dataSpecification(data)
    guard batchSize > 0 else {
      throw ValidationError("batch-size: 1 or more expected, \(batchSize) found")
    }
    try atMost(TrainingOptions.largestCount, "batch-size", nil, batchSize)
  }

  func run() throws {
    let network = try Network(onnx: network)
    let device = try engine.prepared()
    let data = try dataSet(data)
    let evaluation = try Evaluation(
      of: network, on: data, batchSize: batchSize, device: device)
    if json {
      print(try Net2NetFiles.json(Measured(evaluation, data)))
    } else {
      print(text(evaluation, data))
    }
  }

  private func text(_ evaluation: Evaluation, _ data: DataSet) -> String {
    let loss = Figures.fixed(evaluation.loss, decimals: 4)
    guard !data.isText else {
      return """
        \(network): loss \(loss), \(Figures.fixed(evaluation.loss / log(2), decimals: 4)) \
        bits a byte, accuracy \(Figures.fixed(evaluation.accuracy * 100, decimals: 2)) %, \
        \(Figures.grouped(evaluation.targets)) bytes of \(data.name)
        """
    }
    var table = TextTable("class", ">\(data.samplesNoun)", ">recognised")
    for (name, (count, accuracy)) in zip(
      data.classes, zip(evaluation.targetsByClass, evaluation.accuracyByClass))
    {
      table.add(name, Figures.grouped(count), accuracy.map(Figures.percent) ?? "–")
    }
    return """
      \(network): accuracy \(Figures.fixed(evaluation.accuracy * 100, decimals: 2)) %, \
      loss \(loss), \
      \(Figures.grouped(evaluation.targets)) \(data.samplesNoun) of \(data.name)

      \(table.text(indent: 2))
      """
  }
}

/// What `evaluate --json` prints.
private struct Measured: Encodable {
  struct ClassAccuracy: Encodable {
    var name: String
    var images: Int
    var accuracy: Double?
  }

  var data: String
  var images: Int
  var accuracy: Double
  var loss: Double
  var classes: [ClassAccuracy]

  init(_ evaluation: Evaluation, _ set: DataSet) {
    data = set.name
    images = evaluation.targets
    accuracy = evaluation.accuracy
    loss = evaluation.loss
    classes = set.classes.indices.map { index in
      ClassAccuracy(
        name: set.classes[index], images: evaluation.targetsByClass[index],
        accuracy: evaluation.accuracyByClass[index])
    }
  }
}
