// Growing a network of 100 million parameters, against copying its bytes.
//
// Prints, for widening by 1.25 and for deepening by one identity layer a site: the median time to
// compute all of the student's parameters, as a ratio to copying as many bytes into fresh memory,
// runs interleaved; then the time to grow from file to file, and the peak memory of that.

import BenchmarkSupport
import Foundation
import Net2Net
import Net2NetFiles

let rounds = 7

func largeNetwork() throws -> Network {
  var builder = NetworkBuilder(name: "large", seed: 1)
  var h = builder.input([256, 8, 8])
  for channels in [512, 512, 512] {
    h = try builder.relu(builder.convolution(h, channels: channels, kernel: [3, 3]))
  }
  h = try builder.flatten(builder.pool(.average, h, kernel: [4, 4]))
  for features in [8192, 6144, 3072] {
    h = try builder.relu(builder.dense(h, features: features))
  }
  return try builder.network(output: builder.dense(h, features: 1000))
}

/// Unbuffered, so that lines of child processes come in between.
func report(_ words: String...) {
  FileHandle.standardOutput.write(Data((words.joined(separator: " ") + "\n").utf8))
}

/// Copies every parameter into memory of its own, one after another.
func copyBytes(of network: Network) {
  for parameter in network.parameters.values {
    let tensor = parameter.tensor()
    let copy = UnsafeMutableRawBufferPointer.allocate(
      byteCount: tensor.byteCount, alignment: 64)
    tensor.withUnsafeBytes { copy.copyMemory(from: $0) }
    copy.deallocate()
  }
}

/// Computes every parameter, one after another, as saving does.
func evaluate(_ network: Network) {
  for parameter in network.parameters.values { _ = parameter.tensor() }
}

/// Peak resident memory of this process so far, in bytes. Not from `getrusage` on Linux: that
/// remembers the process that started this one.
func peakMemory() -> Int {
  #if os(Linux)
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) * 1024
  #else
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
  #endif
}

func plan(_ name: String) -> GrowthPlan {
  switch name {
  case "widen": GrowthPlan(growths: [.widen(Widen(all: 1.25))])
  case "widen, zero": GrowthPlan(growths: [.widen(Widen(all: 1.25, symmetry: .zero))])
  default: GrowthPlan(growths: [.deepen(Deepen(all: true, batchNorm: false))])
  }
}

func timings() throws {
  let teacher = try largeNetwork().evaluated()
  report("teacher: \(teacher.parameterCount / 1_000_000) million parameters")
  report("growth         parameters   compute     copy student   copy teacher   ratio to student")
  for name in ["widen", "widen, zero", "deepen"] {
    let student = try teacher.grown(by: plan(name)).network
    let finished = student.evaluated()
    var computing: [Double] = []
    var copying: [Double] = []
    var copyingTeacher: [Double] = []
    for _ in 0..<rounds {
      computing.append(seconds { evaluate(student) })
      copying.append(seconds { copyBytes(of: finished) })
      copyingTeacher.append(seconds { copyBytes(of: teacher) })
    }
    let ratio = median(zip(computing, copying).map { $0 / $1 })
    report(
      name.padding(toLength: 14, withPad: " ", startingAt: 0),
      String(
        format: "%7d M  %6.0f ms      %6.0f ms      %6.0f ms      %.2f",
        student.parameterCount / 1_000_000, median(computing) * 1e3, median(copying) * 1e3,
        median(copyingTeacher) * 1e3, ratio))
  }
}

/// From file to file, in a process of its own so that the peak is this growth's.
func fileToFile(_ name: String, _ folder: String) throws {
  let before = peakMemory()
  var bytes = 0
  let time = try seconds {
    let teacher = try Network(onnx: "\(folder)/teacher.onnx")
    let student = try teacher.grown(by: plan(name)).network
    try student.writeONNX(to: "\(folder)/student.onnx", overwriting: true)
    bytes = try student.cost().parameterBytes
  }
  report(
    name.padding(toLength: 14, withPad: " ", startingAt: 0),
    String(
      format: "%6.2f s   peak %5d MB   student %5d MB   %.2f of the student",
      time, (peakMemory() - before) >> 20, bytes >> 20,
      Double(peakMemory() - before) / Double(bytes)))
}

let arguments = CommandLine.arguments
if arguments.count == 3 {
  try fileToFile(arguments[1], arguments[2])
} else {
  try timings()
  let folder = FileManager.default.temporaryDirectory.path + "/growth-benchmark"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try largeNetwork().writeONNX(to: "\(folder)/teacher.onnx", overwriting: true)
  for name in ["widen", "widen, zero", "deepen"] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [name, folder]
    try process.run()
    process.waitUntilExit()
  }
}
