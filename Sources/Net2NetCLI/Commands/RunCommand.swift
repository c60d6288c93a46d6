import ArgumentParser
import Net2Net
import Net2NetFiles
import Net2NetTorch
import OrderedCollections

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Compute a network's outputs for given inputs, tensors in and tensors out.",
    discussion: """
      Inputs and outputs are safetensors files whose tensors have the names of the graph's inputs \
      and outputs. A file with a single tensor fits a network with a single input, whatever its \
      name. Batch norm uses its running statistics, and dropout drops nothing. Example:

        net2net run net.onnx --input batch.safetensors -o logits.safetensors
      """)

  @ArgumentParser.Argument(help: "An ONNX file.")
  var network: String

  @Option(help: "A safetensors file with a tensor for each input of the graph.")
  var input: String

  @Option(name: [.customShort("o"), .long], help: "The safetensors file to write.")
  var output: String

  @Flag(help: "Overwrite what exists.")
  var force = false

  @Option(help: "float32, float64, or bfloat16 for products alone.")
  var precision = "float32"

  @OptionGroup var engine: EngineOptions

  func validate() throws {
    _ = try choice("precision", precision, as: Precision.self)
  }

  func run() throws {
    var files = CommandFiles()
    files.read("the network", self.network)
    files.read("the file of --input", input)
    files.write("the file of outputs", output)
    try files.check(overwriting: force)
    let network = try Network(onnx: network)
    let inputs = try inputs(of: network)
    let compiled = try CompiledNetwork(
      network, precision: try choice("precision", precision), device: try engine.prepared(),
      purpose: .evaluation)
    let results = try compiled.run(inputs)
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for output in network.graph.outputs { tensors[output.name] = results[output.name] }
    try StateDictionary(tensors).writeSafetensors(to: output, overwriting: force)
    for (name, tensor) in tensors {
      print("\(name): \(TensorType(tensor.elementType, tensor.shape))")
    }
  }

  private func inputs(of network: Network) throws -> [String: Tensor] {
    let tensors = try StateDictionary(safetensors: input).tensors
    if tensors.count == 1, network.graph.inputs.count == 1 {
      return [network.graph.inputs[0].name: tensors.values[0]]
    }
    return Dictionary(tensors.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}
