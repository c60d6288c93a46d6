import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetFiles

/// Back from a grown network to the checkpoint that its teacher came from.
@Suite struct GrownStateTests {
  private func tensor(_ values: [Float], _ shape: Shape) -> Tensor { Tensor(values, shape: shape) }

  /// x (2) → 3 units → 1, as matrix products, with a bias added; names as an exporter makes them.
  private func products() -> Network {
    Network(
      graph: Graph(
        name: "products",
        inputs: [ValueDeclaration("x", TensorType(.float32, [.symbolic("N"), 2]))],
        outputs: [ValueDeclaration("y", TensorType(.float32, [.symbolic("N"), 1]))],
        nodes: [
          Node(
            name: "matmul1", operation: .matrixProduct(MatrixProduct()),
            inputs: ["x", "onnx::MatMul_7"], outputs: ["h"]),
          Node(
            name: "add1", operation: .elementwise(Elementwise(.add)), inputs: ["fc1.bias", "h"],
            outputs: ["b"]),
          Node(
            name: "relu1", operation: .activation(Activation(.relu)), inputs: ["b"],
            outputs: ["r"]),
          Node(
            name: "matmul2", operation: .matrixProduct(MatrixProduct()),
            inputs: ["r", "onnx::MatMul_8"], outputs: ["y"]),
        ]),
      parameters: [
        Parameter(name: "onnx::MatMul_7", tensor: tensor([1, 2, 3, 4, 5, 6], [2, 3])),
        Parameter(name: "fc1.bias", tensor: tensor([7, 8, 9], [3])),
        Parameter(name: "onnx::MatMul_8", tensor: tensor([10, 11, 12], [3, 1])),
      ])
  }

  private var checkpoint: StateDictionary {
    StateDictionary([
      "fc1.weight": tensor([1, 4, 2, 5, 3, 6], [3, 2]), "fc1.bias": tensor([7, 8, 9], [3]),
      "fc2.weight": tensor([10, 11, 12], [1, 3]),
    ])
  }

  private func state(
    of student: Network, _ teacher: Network, _ checkpoint: StateDictionary
  ) throws(FilesError) -> [String: Parameter] {
    let state = try GrownState(
      of: student, grownFrom: teacher, names: checkpoint, file: "c.safetensors")
    return Dictionary(uniqueKeysWithValues: state.parameters.map { ($0.name, $0) })
  }

  @Test func networkThatHasNotGrownGivesItsCheckpointBack() throws {
    let state = try state(of: products(), products(), checkpoint)
    #expect(Set(state.keys) == Set(checkpoint.tensors.keys))
    for (name, tensor) in checkpoint.tensors {
      #expect(state[name]?.shape == tensor.shape)
      #expect(state[name]?.tensor().doubles() == tensor.doubles())
    }
  }

  @Test func grownMatricesAreTransposedBack() throws {
    let widen = Widen(widths: ["matmul1": .size(4)], symmetry: .equal)
    let student = try products().grown(by: GrowthPlan(growths: [.widen(widen)])).network
    let state = try state(of: student, products(), checkpoint)
    // The fourth unit copies the first; what read the first is shared out to both.
    #expect(state["fc1.weight"]?.shape == [4, 2])
    #expect(state["fc1.weight"]?.tensor().doubles() == [1, 4, 2, 5, 3, 6, 1, 4])
    #expect(state["fc1.bias"]?.tensor().doubles() == [7, 8, 9, 7])
    #expect(state["fc2.weight"]?.shape == [1, 4])
    #expect(state["fc2.weight"]?.tensor().doubles() == [5, 11, 12, 5])
  }

  @Test func valuesCountAndNamesDoNot() throws {
    // Each has the other's name.
    var swapped = checkpoint
    swapped.tensors["fc1.bias"] = checkpoint.tensors["fc2.weight"]?.reshaped(to: [3])
    swapped.tensors["fc2.weight"] = checkpoint.tensors["fc1.bias"]?.reshaped(to: [1, 3])
    let matching = ParameterMatching(of: products(), to: swapped, file: "c")
    #expect(matching.matches["fc1.bias"]?.tensor == "fc2.weight")
    #expect(matching.matches["onnx::MatMul_8"]?.tensor == "fc1.bias")
  }

  /// Each in its own type, whatever the first parameter's is.
  @Test func parametersOfSeveralTypesAreMatched() throws {
    var network = products()
    for (name, type) in [("onnx::MatMul_7", ElementType.bfloat16), ("fc1.bias", .float16)] {
      let parameter = try #require(network.parameters[name])
      network.setParameter(Parameter(name: name, tensor: parameter.tensor(as: type)))
    }
    var mixed = checkpoint
    mixed.tensors["fc1.bias"] = checkpoint.tensors["fc1.bias"]?.converted(to: .float16)
    let matching = ParameterMatching(of: network, to: mixed, file: "c")
    #expect(
      matching.matches.mapValues(\.tensor)
        == ["onnx::MatMul_7": "fc1.weight", "fc1.bias": "fc1.bias", "onnx::MatMul_8": "fc2.weight"])
  }

  @Test func halfPrecisionCheckpointGetsItsTypeBack() throws {
    var half = checkpoint
    half.tensors["fc1.bias"] = checkpoint.tensors["fc1.bias"]?.converted(to: .bfloat16)
    let state = try state(of: products(), products(), half)
    #expect(state["fc1.bias"]?.elementType == .bfloat16)
    #expect(state["fc1.bias"]?.tensor().doubles() == [7, 8, 9])
  }

  @Test func whatTheNetworkLacksIsCopiedAndSaid() throws {
    var more = checkpoint
    more.tensors["aux.weight"] = tensor([1, 2], [2])
    more.tensors["bn.num_batches_tracked"] = Tensor([5] as [Int64], shape: [])
    let state = try GrownState(
      of: products(), grownFrom: products(), names: more, file: "c.safetensors")
    let copied = state.parameters.first { $0.name == "aux.weight" }
    #expect(copied?.tensor().doubles() == [1, 2])
    #expect(
      state.notes == [
        "1 counters of batches are copied as they were",
        "not in the network, so copied as they were: aux.weight",
      ])
  }

  /// The exporter leaves a bias of zeros out, and the checkpoint has it.
  @Test func biasOfZerosThatTheNetworkLacksGrowsWithItsWeight() throws {
    var more = checkpoint
    more.tensors["fc2.bias"] = tensor([0], [1])
    more.tensors["other.bias"] = tensor([0, 0, 0], [3])
    more.tensors["fc1.bias"] = tensor([0, 0, 0], [3])
    var network = products()
    network.graph.nodes.remove(at: 1)
    network.graph.nodes[1].inputs = ["h"]
    network = Network(
      graph: network.graph, parameters: network.parameters.values.filter { $0.name != "fc1.bias" })
    let widen = Widen(widths: ["matmul1": .size(4)])
    let student = try network.grown(by: GrowthPlan(growths: [.widen(widen)])).network
    let grown = try state(of: student, network, more)
    #expect(grown["fc1.bias"]?.tensor().doubles() == [0, 0, 0, 0])
    #expect(grown["fc2.bias"]?.shape == [1] && grown["other.bias"]?.shape == [3])
    more.tensors["fc1.bias"] = tensor([0, 1, 0], [3])
    let error = #expect(throws: FilesError.self) { try state(of: student, network, more) }
    #expect(
      error?.description
        == "c.safetensors: has nothing for parameter \"fc1.weight\": it grew, and \"fc1.bias\" "
        + "beside it is not in the network, so it could not")
  }

  @Test func constantsThatStayAsTheyWereAreLeftOut() throws {
    var network = products()
    network.graph.nodes[3].outputs = ["s"]
    network.graph.nodes.append(
      Node(
        name: "scaled", operation: .elementwise(Elementwise(.multiply)), inputs: ["s", "half"],
        outputs: ["y"]))
    network.setParameter(Parameter(name: "half", tensor: tensor([0.5], [])))
    let state = try state(of: network, network, checkpoint)
    #expect(Set(state.keys) == Set(checkpoint.tensors.keys))
    var trained = network
    trained.setParameter(Parameter(name: "half", tensor: tensor([0.25], [])))
    let error = #expect(throws: FilesError.self) {
      try self.state(of: trained, network, checkpoint)
    }
    #expect(
      error?.description.hasPrefix("c.safetensors: has nothing for parameter \"half\"") == true)
  }

  // MARK: Equal values

  /// Two convolutions, each with a batch norm as it is before training.
  private func freshNorms(names: [String]) throws -> (Network, StateDictionary) {
    var builder = NetworkBuilder(name: "fresh", seed: 1)
    var h = try builder.convolution(
      builder.input([1, 4, 4]), channels: 2, kernel: [3, 3], hasBias: false, name: "a")
    h = try builder.batchNormalization(h, name: "n1")
    h = try builder.relu(h)
    h = try builder.convolution(h, channels: 2, kernel: [3, 3], hasBias: false, name: "b")
    h = try builder.batchNormalization(h, name: "n2")
    let network = try builder.network(output: builder.flatten(builder.globalAveragePool(h)))
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (name, parameter) in network.parameters { tensors[name] = parameter.tensor() }
    var renamed = network
    for (index, name) in names.enumerated() { renamed.rename(name, to: "anonymous_\(index)") }
    return (renamed, StateDictionary(tensors))
  }

  @Test func amongEqualValuesNamesDecide() throws {
    let (network, checkpoint) = try freshNorms(names: [])
    let matching = ParameterMatching(of: network, to: checkpoint, file: "c")
    #expect(matching.matches.allSatisfy { $0.key == $0.value.tensor })
    #expect(matching.matches.count == 10 && matching.guessed.isEmpty)
  }

  @Test func withoutNamesTheNodeDecides() throws {
    let hidden = ["n2.weight", "n2.running_mean", "n1.bias"]
    let (network, checkpoint) = try freshNorms(names: hidden)
    let matching = ParameterMatching(of: network, to: checkpoint, file: "c")
    // Weight and variance are all ones, bias and mean all zeros: only one of each is left over.
    for (index, name) in hidden.enumerated() {
      #expect(matching.matches["anonymous_\(index)"]?.tensor == name)
    }
    #expect(matching.guessed.isEmpty)
  }

  @Test func choiceByOrderAloneIsSaid() throws {
    let all = ["n1", "n2"].flatMap { norm in
      ["weight", "bias", "running_mean", "running_var"].map { "\(norm).\($0)" }
    }
    let (network, checkpoint) = try freshNorms(names: all)
    let state = try GrownState(of: network, grownFrom: network, names: checkpoint, file: "c")
    #expect(state.notes.count == 1)
    #expect(state.notes[0].hasPrefix("told apart by order alone, for their values are equal: "))
    #expect(Set(state.parameters.map(\.name)) == Set(checkpoint.tensors.keys))
  }

  // MARK: New layers

  @Test func repeatedBlockTakesTheNextNumberAndOthersMoveAlong() throws {
    let network = try Architecture.resnet.network(ArchitectureOptions(widthFactor: 0.25, depth: 14))
      .withDrawnConstants(seed: 1)
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (name, parameter) in network.parameters {
      tensors[name.replacing("block", with: "")] = parameter.tensor()
    }
    tensors["stage1.1.batchnorm1.num_batches_tracked"] = Tensor([5] as [Int64], shape: [])
    let checkpoint = StateDictionary(tensors)
    let growth = Growth.repeatBlock(RepeatBlock(block: "stage1.block1", times: 3))
    let student = try network.grown(by: GrowthPlan(growths: [growth])).network
    let state = try GrownState(of: student, grownFrom: network, names: checkpoint, file: "c")
    let names = Set(state.parameters.map(\.name))
    #expect(names.count == state.parameters.count)
    let blocks = Set(names.filter { $0.hasPrefix("stage1.") }.map { $0.split(separator: ".")[1] })
    #expect(blocks == ["1", "2", "3", "4"])
    #expect(
      state.notes.suffix(2) == ["new: stage1.2, stage1.3", "moved along: stage1.2 is now stage1.4"])
    #expect(names.contains("stage1.3.batchnorm1.num_batches_tracked"))
    let moved = try #require(state.parameters.first { $0.name == "stage1.4.conv1.weight" })
    let old = try #require(tensors["stage1.2.conv1.weight"])
    #expect(moved.tensor().doubles() == old.doubles())
  }

  @Test func insertedLayerIsAModuleBesideTheOneBeforeIt() throws {
    let network = try Architecture.convnet.network(ArchitectureOptions(widthFactor: 0.25))
      .withDrawnConstants(seed: 1)
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (name, parameter) in network.parameters { tensors["net.\(name)"] = parameter.tensor() }
    let statistics = ChannelStatistics(mean: [0, 0, 0, 0], variance: [1, 1, 1, 1])
    tensors["net.old.num_batches_tracked"] = Tensor([5] as [Int64], shape: [])
    let deepen = Deepen(after: ["relu1"], kernels: [[1, 3], [3, 1]], batchNorm: true)
    let student = try network.grown(by: GrowthPlan(growths: [.deepen(deepen)])) { _, values in
      Dictionary(uniqueKeysWithValues: values.map { ($0, statistics) })
    }.network
    let state = try GrownState(
      of: student, grownFrom: network, names: StateDictionary(tensors), file: "c")
    let new = state.parameters.map(\.name).filter { $0.contains("deeper") }
    let module = try #require(new.first?.split(separator: "_deeper").first)
    #expect(
      Set(new)
        == Set(
          [
            "1.conv.weight", "1.bn.weight", "1.bn.bias", "1.bn.running_mean", "1.bn.running_var",
            "1.bn.num_batches_tracked", "2.conv.weight", "2.bn.weight", "2.bn.bias",
            "2.bn.running_mean", "2.bn.running_var", "2.bn.num_batches_tracked",
          ].map { "\(module)_deeper.\($0)" }))
    #expect(module.hasPrefix("net."))
  }

  /// A residual block named by the author as growths name theirs.
  private func residual(_ module: String) throws -> Network {
    var builder = NetworkBuilder(name: "own", seed: 1)
    let stream = try builder.relu(builder.dense(builder.input([5]), features: 4))
    let sum = try builder.within(module) { (b) throws(NetworkError) in
      let inner = try b.relu(b.dense(stream, features: 6))
      return try b.add(stream, try b.dense(inner, features: 4))
    }
    return try builder.network(output: builder.dense(sum, features: 3)).withDrawnConstants(seed: 1)
  }

  private func checkpoint(of network: Network) -> StateDictionary {
    StateDictionary(network.parameters.mapValues { $0.tensor() })
  }

  @Test(arguments: ["net.deeper2", "net~2", "net.deeper"])
  func ownModulesThatLookLikeOursKeepTheirNames(_ module: String) throws {
    let network = try residual(module)
    let checkpoint = checkpoint(of: network)
    let widened = try network.grown(by: GrowthPlan(growths: [.widen(Widen(all: 2))])).network
    let same = try state(of: widened, network, checkpoint)
    #expect(Set(same.keys) == Set(network.parameters.keys))
    let repeated = try network.grown(
      by: GrowthPlan(growths: [.repeatBlock(RepeatBlock(block: module))])
    ).network
    let names = Set(try state(of: repeated, network, checkpoint).keys)
    let copies = ["fc1", "fc2"].flatMap { ["\(module)_2.\($0).weight", "\(module)_2.\($0).bias"] }
    #expect(names == Set(network.parameters.keys).union(copies))
  }

  @Test func copyOfAnInsertedLayerHasAModuleOfItsOwn() throws {
    let network = try residual("net")
    let student = try network.grown(
      by: GrowthPlan(growths: [
        .deepen(Deepen(after: ["net.relu1"])), .repeatBlock(RepeatBlock(block: "net")),
      ])
    ).network
    let names = Set(try state(of: student, network, checkpoint(of: network)).keys)
    let new = names.subtracting(network.parameters.keys)
    #expect(
      new
        == Set(
          ["net_2.fc1", "net_2.fc2", "net.fc1_deeper.fc", "net_2.fc1_deeper.fc"].flatMap {
            ["\($0).weight", "\($0).bias"]
          }))
  }

  @Test func newParameterOfUnknownOriginIsRefused() throws {
    let network = try residual("net")
    var student = try network.grown(
      by: GrowthPlan(growths: [.deepen(Deepen(after: ["net.relu1"]))])
    ).network
    student.origins = Origins()
    let error = #expect(throws: FilesError.self) {
      try state(of: student, network, checkpoint(of: network))
    }
    #expect(
      error?.description
        == "c.safetensors: has nothing for parameter \"net.relu1.deeper.fc.weight\": the network "
        + "with the file's values does not have it either, and the grown network's file does not "
        + "say where it came from (metadata \"net2net.origins\"); repeat the growth from that "
        + "network, or from its receipt")
  }

  // MARK: Refusals

  private func sentence(_ network: Network, _ checkpoint: StateDictionary) -> String? {
    let error = #expect(throws: FilesError.self) {
      try GrownState(of: network, grownFrom: network, names: checkpoint, file: "c.safetensors")
    }
    return error?.description
  }

  @Test func anotherCheckpointIsRefused() {
    var other = checkpoint
    for (name, tensor) in checkpoint.tensors {
      other.tensors[name] = Tensor(
        elementType: .float32, shape: tensor.shape, repeating: 0.5)
    }
    #expect(
      sentence(products(), other)
        == "c.safetensors: has nothing for parameter \"onnx::MatMul_7\": none of the network's "
        + "parameters has values of this file; is it the checkpoint that the network was exported "
        + "from?")
  }

  @Test func fusedWeightIsRefused() {
    var other = checkpoint
    other.tensors["fc1.weight"] = tensor([1, 4, 2, 5, 3, 7], [3, 2])
    #expect(
      sentence(products(), other)
        == "c.safetensors: has nothing for parameter \"onnx::MatMul_7\": no tensor has its values, "
        + "(2, 3): the exporter computed it from others, or the file is another checkpoint; "
        + "torch.onnx.export(model.eval(), …, dynamo=False, "
        + "training=torch.onnx.TrainingMode.PRESERVE) keeps every parameter as it is")
  }

  @Test func foldedBatchNormIsRecognised() throws {
    var builder = NetworkBuilder(name: "folded", seed: 1)
    let h = try builder.convolution(
      builder.input([1, 4, 4]), channels: 2, kernel: [1, 1], name: "conv")
    var network = try builder.network(output: builder.flatten(builder.globalAveragePool(h)))
    // γ/√(σ² + ε) is 2/√4 and 3/√9; ε is 0.
    network.setParameter(
      Parameter(name: "conv.weight", tensor: tensor([1 * 5, 1.5 * 6], [2, 1, 1, 1])))
    network.setParameter(Parameter(name: "conv.bias", tensor: tensor([0.25, 0.5], [2])))
    let checkpoint = StateDictionary([
      "conv.weight": tensor([5, 6], [2, 1, 1, 1]), "bn.weight": tensor([2, 3], [2]),
      "bn.bias": tensor([0.1, 0.2], [2]), "bn.running_mean": tensor([0.3, 0.4], [2]),
      "bn.running_var": tensor([4, 4], [2]), "other": tensor([0.25, 0.5], [2]),
    ])
    #expect(
      sentence(network, checkpoint)
        == "c.safetensors: has nothing for parameter \"conv.weight\": it is \"conv.weight\" "
        + "multiplied by γ/√(σ² + ε) of \"bn\": the exporter has folded a batch norm into it, so "
        + "the network no longer has the checkpoint's parameters; torch.onnx.export(model.eval(), "
        + "…, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE) keeps every parameter as it "
        + "is")
  }

  @Test func tiedWeightsMustGrowAlike() throws {
    var network = products()
    network.graph.nodes[3].inputs = ["r", "second"]
    network.graph.nodes.append(
      Node(
        name: "relu2", operation: .activation(Activation(.relu)), inputs: ["y"], outputs: ["z"]))
    network.graph.outputs = [ValueDeclaration("z", TensorType(.float32, [.symbolic("N"), 3]))]
    network.setParameter(
      Parameter(name: "second", tensor: tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3])))
    network.setParameter(
      Parameter(name: "onnx::MatMul_7", tensor: tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3])))
    network.graph.inputs = [ValueDeclaration("x", TensorType(.float32, [.symbolic("N"), 3]))]
    let checkpoint = StateDictionary([
      "tied": tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]), "bias": tensor([7, 8, 9], [3]),
      "head": tensor([10, 11, 12], [1, 3]),
    ])
    let same = try state(of: network, network, checkpoint)
    #expect(same["tied"]?.shape == [3, 3] && same.count == 3)
    let widen = Widen(widths: ["matmul1": .size(4)])
    let student = try network.grown(by: GrowthPlan(growths: [.widen(widen)])).network
    let error = #expect(throws: FilesError.self) { try state(of: student, network, checkpoint) }
    #expect(
      error?.description.hasSuffix(
        "it shares \"tied\" with another parameter, and they grew differently") == true)
  }

  // MARK: Layouts

  @Test(
    "growth in another layout",
    arguments: [
      ([4, 1, 1], [4], [6, 1, 1], [6]), ([4], [1, 4, 1], [6], [1, 6, 1]),
      ([3, 2, 5], [6, 5], [3, 4, 7], [12, 7]), ([2, 3], [2, 3], [4, 5], [4, 5]),
      ([6], [2, 3], [6], [2, 3]), ([6, 4], [2, 3, 4], [6, 8], [2, 3, 8]),
      // Which of two axes grew is not to be told.
      ([6], [2, 3], [12], nil),
    ] as [(Shape, Shape, Shape, Shape?)])
  func layouts(_ old: Shape, _ tensor: Shape, _ new: Shape, _ expected: Shape?) {
    #expect(ParameterLayout.shape(of: tensor, when: old, becomes: new) == expected)
  }

  @Test func transpositionExchangesRowsAndColumns() {
    let transposed = tensor([1, 2, 3, 4, 5, 6], [2, 3]).transposed()
    #expect(transposed.shape == [3, 2])
    #expect(transposed.doubles() == [1, 4, 2, 5, 3, 6])
  }
}

extension Network {
  fileprivate mutating func rename(_ old: String, to new: String) {
    let renamed = parameters.values.map { parameter in
      var parameter = parameter
      if parameter.name == old { parameter.name = new }
      return parameter
    }
    var graph = graph
    for node in graph.nodes.indices {
      graph.nodes[node].inputs = graph.nodes[node].inputs.map { $0 == old ? new : $0 }
    }
    self = Network(graph: graph, parameters: renamed, metadata: metadata)
  }
}
