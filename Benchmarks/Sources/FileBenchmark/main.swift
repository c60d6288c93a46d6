// Growing a network from file to file, against copying the bytes of what came out.
//
//   FileBenchmark NET.onnx [FACTOR]
//
// Each round reads the file, widens everything by FACTOR (1.25 unless given) and writes the student
// crash-safely; then writes the student's bytes, already in memory, to another file on the same disk
// and syncs that. Prints both times and the median of their ratios.

import BenchmarkSupport
import Foundation
import Net2Net
import Net2NetFiles

let rounds = 5

func grow(_ file: String, by factor: Double, to output: String) throws {
  let plan = GrowthPlan(growths: [.widen(Widen(all: factor))])
  let student = try Network(onnx: file).grown(by: plan).network
  try student.writeONNX(to: output, overwriting: true)
}

func write(_ bytes: Data, to file: String) throws {
  FileManager.default.createFile(atPath: file, contents: nil)
  let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
  try handle.write(contentsOf: bytes)
  try handle.synchronize()
  try handle.close()
}

let arguments = CommandLine.arguments
guard arguments.count >= 2, let factor = Double(arguments.count > 2 ? arguments[2] : "1.25") else {
  print("usage: FileBenchmark NET.onnx [FACTOR]")
  exit(2)
}
let folder = URL(fileURLWithPath: arguments[1]).deletingLastPathComponent().path
let (student, copy) = ("\(folder)/file-benchmark.onnx", "\(folder)/file-benchmark.copy")
defer {
  try? FileManager.default.removeItem(atPath: student)
  try? FileManager.default.removeItem(atPath: copy)
}
var growing: [Double] = []
var copying: [Double] = []
var size = 0
for _ in 0..<rounds {
  try? FileManager.default.removeItem(atPath: copy)
  growing.append(try seconds { try grow(arguments[1], by: factor, to: student) })
  let bytes = try Data(contentsOf: URL(fileURLWithPath: student))
  size = bytes.count
  copying.append(try seconds { try write(bytes, to: copy) })
}
print(
  String(
    format: "student %d MB: grown and written in %.2f s, copied and synced in %.2f s, ratio %.2f",
    size / 1_000_000, median(growing), median(copying),
    median(zip(growing, copying).map { $0 / $1 })))
