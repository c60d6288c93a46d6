import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

/// Laws of the file: what we write is accepted by `onnx.checker` and computes the same numbers in
/// onnxruntime as in our engine, before and after growth.
@Suite("ONNX files", .requiresTorch)
struct ONNXLaws {
  static let networks: [Subject] = GrowthLaws.subjects.flatMap { subject in
    [
      subject,
      Subject(name: "\(subject.name), widened") {
        try subject.network().grown(by: GrowthPlan(seed: 2, growths: [.widen(Widen(all: 2))]))
          .network
      },
      Subject(name: "\(subject.name), deepened") {
        try subject.network().grown(
          by: GrowthPlan(growths: [.deepen(Deepen(all: true, batchNorm: false))])
        ).network
      },
    ]
  }

  @Test("onnx.checker accepts them; onnxruntime computes what the engine computes", .requiresPython)
  func sameNumbers() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "onnx-laws-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (index, subject) in Self.networks.enumerated() {
      let network = try subject.network()
      try network.writeONNX(to: folder.appending(path: "\(index).onnx").path)
      let inputs = network.randomInputs(batch: 3, seed: 8)
      let outputs = try CompiledNetwork(network).run(inputs)
      try write(inputs, to: folder.appending(path: "\(index).inputs.safetensors"))
      try write(outputs, to: folder.appending(path: "\(index).outputs.safetensors"))
    }
    let differences = try await Python.run(Self.script, folder.path)
    let found = differences.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(found.count == Self.networks.count)
    for line in found {
      let index = try #require(Int(line[0]))
      let relative = try #require(Double(line[1]))
      #expect(relative <= GrowthLaws.singlePrecision, "\(Self.networks[index].name)")
    }
  }

  /// Prints, for each network of a folder, its number and the largest difference over the
  /// largest output.
  static let script = """
    import sys, pathlib
    import numpy, onnx, onnxruntime
    from safetensors.numpy import load_file
    folder = pathlib.Path(sys.argv[1])
    for path in sorted(folder.glob("*.onnx")):
        onnx.checker.check_model(str(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        inputs = load_file(folder / f"{path.stem}.inputs.safetensors")
        expected = load_file(folder / f"{path.stem}.outputs.safetensors")
        names = [output.name for output in session.get_outputs()]
        worst = 0.0
        for name, found in zip(names, session.run(names, inputs)):
            scale = numpy.abs(expected[name]).max()
            worst = max(worst, float(numpy.abs(expected[name] - found).max() / scale))
        print(path.stem, worst)
    """

  @Test("a network survives its file", arguments: networks)
  func roundTrip(_ subject: Subject) throws {
    let network = try subject.network()
    let file = FileManager.default.temporaryDirectory.appending(path: "law-\(UUID()).onnx").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try network.writeONNX(to: file)
    let read = try Network(onnx: file)
    #expect(read.graph == network.graph)
    #expect(try Digest(of: read) == Digest(of: network))
  }

  @Test("the engine's shapes are those of the shape rules", arguments: networks)
  func shapes(_ subject: Subject) throws {
    let network = try subject.network()
    let types = try network.validate()
    _ = try CompiledNetwork(network).run(network.randomInputs(batch: 3, seed: 1)) { name, value in
      #expect(value.shape == types[name].map { network.shape($0, batch: 3) }, "\(name)")
    }
  }

  private func write(_ tensors: [String: Tensor], to file: URL) throws {
    try StateDictionary(OrderedDictionary(uniqueKeysWithValues: tensors.map { ($0, $1) }))
      .writeSafetensors(to: file.path)
  }
}
