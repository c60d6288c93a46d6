import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTorch
import Net2NetTraining

extension VerifiedGrowth {
  /// Writes the student and, beside it, its receipt and its state dict. The hash in the receipt is of
  /// what can be read back from the student's file.
  ///
  /// All are on the disk before one of them has its name, and the receipt of a student that was there
  /// before goes first: a kill at any moment leaves no student beside a receipt of another.
  func write(
    _ grown: Grown, _ report: VerificationReport?, to file: String, receiptFile: String,
    _ state: StateDictFile? = nil, overwriting: Bool
  ) throws -> Receipt {
    var student = try grown.network.stagedONNX(for: file, overwriting: overwriting)
    let receipt = try Receipt(
      teacher: teacher, student: Network(onnx: student.temporary), seed: plan.seed, grown: grown,
      report: report)
    var text = try receipt.staged(for: receiptFile, overwriting: overwriting)
    guard let state else {
      try Self.commit(&student, with: &text)
      return receipt
    }
    var tensors = try state.staged(overwriting: overwriting)
    try Self.commit(&student, with: &text)
    try tensors.commit()
    return receipt
  }

  private static func commit(
    _ student: inout StagedNetwork, with receipt: inout AtomicFile
  ) throws {
    try receipt.removeReplaced()
    try student.commit()
    try receipt.commit()
  }
}
