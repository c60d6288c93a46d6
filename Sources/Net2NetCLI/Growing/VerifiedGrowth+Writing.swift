import Net2Net
import Net2NetFiles
import Net2NetTorch
import Net2NetTraining

extension VerifiedGrowth {
  /// Writes the student and, beside it, its receipt. The hash in there is of what can be read
  /// back from the file.
  func write(
    _ grown: Grown, _ report: VerificationReport?, to file: String, receiptFile: String,
    overwriting: Bool
  ) throws -> Receipt {
    try grown.network.writeONNX(to: file, overwriting: overwriting)
    let receipt = try Receipt(
      producer: Net2NetCommand.producer, teacher: teacher, student: Network(onnx: file),
      seed: plan.seed, grown: grown, report: report)
    try AtomicFile.write(try json(receipt) + "\n", to: receiptFile, overwriting: overwriting)
    return receipt
  }
}
