import BenchmarkSupport
import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTorch

/// Evaluates ONNX files in our engine and in onnxruntime, turn by turn. Prints; asserts nothing.
@main
enum ThroughputBenchmark {
  static let threads = 2
  static let rounds = 7

  static func main() throws {
    var files = Array(CommandLine.arguments.dropFirst())
    var batch = 128
    if files.first == "--batch", files.count > 1, let size = Int(files[1]) {
      batch = size
      files.removeFirst(2)
    }
    print("evaluation, batch \(batch), \(threads) threads, median of \(rounds) rounds")
    print("milliseconds of net2net compiled for training, for evaluation, of onnxruntime; ratios")
    print("to onnxruntime's of either")
    let folder = FileManager.default.temporaryDirectory.appending(path: "throughput-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    if files.isEmpty { files = try writtenArchitectures(to: folder.path) }
    for file in files { print(try row(file, batch: batch)) }
  }

  private static func writtenArchitectures(to folder: String) throws -> [String] {
    try [Architecture.mlp, .convnet, .resnet, .inception].map { architecture in
      let shape: Shape = architecture == .mlp ? [1, 28, 28] : [3, 32, 32]
      let depth = architecture == .resnet ? 20 : nil
      let file = "\(folder)/\(architecture.rawValue).onnx"
      try architecture.network(ArchitectureOptions(inputShape: shape, depth: depth, seed: 1))
        .writeONNX(to: file)
      return file
    }
  }

  private static func row(_ file: String, batch: Int) throws -> String {
    let peer = try Peer.python("onnxruntime_batches.py", [file, "\(batch)", "\(threads)"])
    let network = try Network(onnx: file)
    let input = network.graph.inputs[0]
    let shape = input.type.shape(batch: batch)
    let draw = Draw(seed: 1)
    let values = Tensor(elementType: .float32, shape: shape) { draw.normal($0) }
    let sides = try [Purpose.training, .evaluation].map { purpose in
      let compiled = try CompiledNetwork(network, purpose: purpose)
      return { _ = try compiled.run([input.name: values]) }
    }
    for run in sides { try run() }
    // A third of a second a round and side, whatever the network's size.
    let count = max(1, Int(0.3 / (try seconds { try sides[1]() })))
    var times: [[Double]] = [[], [], []]
    for _ in 0..<rounds {
      for (side, run) in sides.enumerated() {
        times[side].append(try seconds { for _ in 0..<count { try run() } } / Double(count) * 1000)
      }
      times[2].append(try peer.measure(steps: count).milliseconds)
    }
    let ratios = times.dropLast().map { own in median(zip(times[2], own).map { $0 / $1 }) }
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    return String(
      format: "%@ %8.2f %8.2f %8.2f ms  ratios %.2f %.2f",
      name.padding(toLength: 24, withPad: " ", startingAt: 0), median(times[0]), median(times[1]),
      median(times[2]), ratios[0], ratios[1])
  }
}
