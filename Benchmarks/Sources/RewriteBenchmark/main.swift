// Growing one large bfloat16 tensor from a mapped file to a file.
//
//   RewriteBenchmark FOLDER [ROWS COLUMNS]
//
// The tensor has 128,256 rows and 4,096 columns (1.05 GB) unless told otherwise. Both axes are
// widened by 1.5 and then by 2, and the student is written to safetensors. Prints the time against
// `cp` of what came out with a sync, taking turns; the peak memory beyond the mapped file; and what
// ten growths to twice the widths cost against one.
//
// FOLDER needs room for twenty times the tensor.

import BenchmarkSupport
import Foundation
import Net2Net
import Net2NetFiles

let rounds = 3
let arguments = CommandLine.arguments
guard arguments.count == 2 || arguments.count == 4,
  let rows = Int(arguments.count > 2 ? arguments[2] : "128256"),
  let columns = Int(arguments.count > 3 ? arguments[3] : "4096")
else {
  print("usage: RewriteBenchmark FOLDER [ROWS COLUMNS]")
  exit(2)
}
let (teacherFile, studentFile, copyFile) = (
  "\(arguments[1])/teacher.safetensors", "\(arguments[1])/student.safetensors",
  "\(arguments[1])/copy.safetensors"
)

/// Three layers, of which the second has the tensor as its weight: both its axes are free.
func network() throws -> Network {
  var builder = NetworkBuilder(name: "rewrite", seed: 1)
  var h = try builder.dense(builder.input([1]), features: columns, name: "first")
  h = try builder.dense(h, features: rows, name: "second")
  return try builder.network(output: builder.dense(h, features: 1, name: "third"))
}

func mapped() throws -> Network {
  let state = try StateDictionary(safetensors: teacherFile)
  var network = try network()
  for (name, tensor) in state.tensors {
    network.setParameter(Parameter(name: name, tensor: tensor))
  }
  return network.converted(to: .bfloat16)
}

func grow(_ factors: [Double]) throws {
  let plan = GrowthPlan(growths: factors.map { .widen(Widen(all: $0)) })
  try mapped().grown(by: plan).network.writeSafetensors(to: studentFile, overwriting: true)
}

func run(_ program: String, _ arguments: [String]) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  try process.run()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { exit(1) }
}

/// Of memory that is no file's, in bytes, sampled every 5 ms while `body` runs.
func peakOfAnonymousMemory(_ body: () throws -> Void) rethrows -> Int {
  @Sendable func anonymous() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
    return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) * 1024
  }
  final class Sampling: @unchecked Sendable {
    private let lock = NSLock()
    private var isOver = false
    private var peak = 0
    func add(_ bytes: Int) -> Bool {
      lock.withLock {
        peak = max(peak, bytes)
        return !isOver
      }
    }
    func end() -> Int {
      lock.withLock {
        isOver = true
        return peak
      }
    }
  }
  let sampling = Sampling()
  Thread.detachNewThread { while sampling.add(anonymous()) { usleep(5000) } }
  try body()
  return sampling.end()
}

// The teacher is made in a process of its own, so that its memory is not ours.
if !FileManager.default.fileExists(atPath: teacherFile) {
  try network().converted(to: .bfloat16).writeSafetensors(to: teacherFile, overwriting: true)
  try run(CommandLine.arguments[0], Array(arguments.dropFirst()))
  exit(0)
}
defer { for file in [studentFile, copyFile] { try? FileManager.default.removeItem(atPath: file) } }

var (growing, copying): ([Double], [Double]) = ([], [])
var peak = 0
for _ in 0..<rounds {
  peak = max(
    peak,
    try peakOfAnonymousMemory { growing.append(try seconds { try grow([1.5, 2]) }) })
  try? FileManager.default.removeItem(atPath: copyFile)
  copying.append(
    try seconds {
      try run("/bin/cp", [studentFile, copyFile])
      try run("/bin/sync", [copyFile])
    })
}
func size(_ file: String) -> Int {
  (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
}
print(
  String(
    format: "%d x %d bfloat16 (%d MB) to %d MB: %.1f s, cp with sync %.1f s, ratio %.2f; %d MB %@",
    rows, columns, size(teacherFile) / 1_000_000, size(studentFile) / 1_000_000, median(growing),
    median(copying), median(zip(growing, copying).map { $0 / $1 }), peak / 1_000_000,
    "of memory beyond the mapped file"))

let tenth = pow(2, 0.1)
var ratios: [Double] = []
for _ in 0..<rounds {
  let once = try seconds { try grow([2]) }
  let ten = try seconds { try grow(Array(repeating: tenth, count: 10)) }
  ratios.append(ten / once)
}
print(String(format: "ten growths to twice the widths: %.2f times one", median(ratios)))
