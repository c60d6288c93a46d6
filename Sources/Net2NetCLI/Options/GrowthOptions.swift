import ArgumentParser
import Net2NetTraining

/// What all commands that grow a network take.
struct GrowthOptions: ParsableArguments {
  @OptionGroup var output: OutputOptions

  @Option(
    help: """
      A data set: inserted batch norms are calibrated on it, and the growth is verified on it.
      """)
  var data: String?

  @Option(help: "How many training images to calibrate on.")
  var calibrationImages = 2048

  @Flag(name: .customLong("no-verify"), help: "Do not compare the student with its teacher.")
  var skipsVerification = false

  @Flag(help: "Show what would be done, and write nothing.")
  var dryRun = false

  @Flag(help: "Print the receipt, or the dry run, as JSON for other programs.")
  var json = false

  @OptionGroup var state: StateDictOptions

  @OptionGroup var engine: EngineOptions

  func validate() throws {
    if let data { _ = try dataSpecification(data) }
    guard calibrationImages > 0 else {
      throw ValidationError("calibration-images: 1 or more expected, \(calibrationImages) found")
    }
  }

  var receipt: String { receiptFile(beside: output.output) }
}

/// Where the receipt of a student in `network` is.
func receiptFile(beside network: String) -> String {
  let suffix = ".onnx"
  let stem = network.hasSuffix(suffix) ? String(network.dropLast(suffix.count)) : network
  return stem + ".receipt.json"
}
