import CTorch
public import Net2Net

/// Why a network cannot be run, in words for whoever can mend it.
public enum EngineError: Error, Hashable, Sendable {
  case noLibtorch
  case deviceUnavailable(Device)
  case threadCount(Int)
  case invalidNetwork(NetworkError)
  case opaqueOperator(String, node: String)
  case missingInput(String, expected: TensorType)
  case unknownInput(String, known: [String])
  case inputMismatch(String, expected: TensorType, found: TensorType)
  case unknownValue(String)
  /// Sizes of inputs that an operator of the network cannot work on.
  case unsuitableSizes(inputs: [String], NetworkError)
  /// A run, or a network, that takes more memory than it may, at `node` the most; `largest` is its
  /// largest value.
  case memory(needed: Int, largest: String, node: String?, budget: MemoryBudget)
  /// The system has no memory left for a result.
  case outOfMemory(bytes: Int, for: String)
  /// A statement of a memory budget that is not one.
  case memorySetting(String)
  /// A comparison of outputs without elements.
  case nothingCompared(outputs: [String])
  /// A network compiled for evaluation alone was asked for something else.
  case compiledForEvaluation
  case noDistributedBackEnd
  /// The other processes of a run were not met at the store, or did not all come.
  case unmet(address: String, message: String)
  /// Two ranks were started as parts of runs of different sizes.
  case ranksDisagree(address: String, rank: Int, size: Int, other: Int, otherSize: Int)
  /// Work of all ranks failed; `missing` are those that no longer answer.
  case ranksLost(operation: String, missing: [Int], ranks: Int, message: String)
  /// What libtorch, or a check just before it, said; `node` is nil outside of a network's run.
  case failed(operation: String, node: String?, message: String)
}

extension EngineError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noLibtorch:
      "this build has no libtorch; \(Engine.howToGetIt)"
    case .deviceUnavailable(let device):
      "device \"\(device.rawValue)\": not present on this machine, or not in this libtorch; "
        + "available: \(Self.list(Device.allCases.filter(\.isAvailable).map(\.rawValue)))"
    case .threadCount(let count):
      "threads: 1 to 4096 expected, \(count) found"
    case .invalidNetwork(let error):
      error.description
    case .opaqueOperator(let operation, let node):
      "node \"\(node)\": operator \(operation) is not one that can be run here; the network can "
        + "still be inspected, grown elsewhere and saved"
    case .missingInput(let name, let expected):
      "input \"\(name)\": \(expected) expected, nothing given"
    case .unknownInput(let name, let known):
      "input \"\(name)\": the network has no such input; it has \(Self.list(known))"
    case .inputMismatch(let name, let expected, let found):
      "input \"\(name)\": \(expected) expected, \(found) found"
    case .unknownValue(let name):
      "value \"\(name)\": the network has no value of this name with a channel axis"
    case .unsuitableSizes(let inputs, let error):
      "\(inputs.isEmpty ? "" : "inputs \(inputs.joined(separator: ", ")): ")\(error)"
    case .memory(let needed, let largest, let node, let budget):
      "about \(MemoryBudget.text(needed)) of memory are needed"
        + (node.map { " at node \"\($0)\"" } ?? "") + ", and \(budget); the largest value is "
        + "\(largest); take fewer samples at once, smaller ones or a smaller network"
    case .outOfMemory(let bytes, let what):
      "\(what): the system has no \(MemoryBudget.text(bytes)) of memory left for it; take fewer "
        + "samples at once, or smaller ones"
    case .memorySetting(let found):
      "\(MemoryBudget.variable): an amount of memory such as 8GB or 512MiB expected, \"\(found)\" "
        + "found"
    case .nothingCompared(let outputs):
      "nothing was compared: \(outputs.isEmpty ? "the networks have no outputs" : "the outputs \(Self.list(outputs)) have no elements for these inputs"); compare on inputs that give some"
    case .compiledForEvaluation:
      "the network was compiled for evaluation alone: it does not train, and what lies between its "
        + "layers is not computed; compile it for training"
    case .noDistributedBackEnd:
      "this build has no distributed back end; \(Engine.howToGetIt)"
    case .unmet(let address, let message):
      "\(address): the ranks did not meet there: \(message); check that rank 0 runs on "
        + "that host, that the port is free and open, and that all ranks were started"
    case .ranksDisagree(let address, let rank, let size, let other, let otherSize):
      "\(address): rank \(rank) was started as one of \(size) ranks, rank \(other) as one of "
        + "\(otherSize); start all with the same number of ranks"
    case .ranksLost(let operation, let missing, let ranks, let message):
      "\(operation): \(Self.lost(missing, of: ranks)) (\(message)); start all ranks again and "
        + "they go on from the last checkpoint, as torchrun --max-restarts does by itself"
    case .failed(let operation, nil, let message):
      "\(operation): \(message)"
    case .failed(let operation, .some(let node), let message):
      "node \"\(node)\" (\(operation)): \(message)"
    }
  }

  private static func lost(_ missing: [Int], of ranks: Int) -> String {
    guard !missing.isEmpty else { return "work of all \(ranks) ranks failed, though all answer" }
    let names = missing.map(String.init).joined(separator: ", ")
    return missing.count == 1
      ? "rank \(names) of \(ranks) is gone or hangs"
      : "ranks \(names) of \(ranks) are gone or hang"
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.map { "\"\($0)\"" }.joined(separator: ", ")
  }

  /// Whether other inputs might well be computed: they are not what the network takes, or too large.
  package var concernsInputs: Bool {
    switch self {
    case .missingInput, .unknownInput, .inputMismatch, .unsuitableSizes, .memory, .outOfMemory:
      true
    case .noLibtorch, .deviceUnavailable, .threadCount, .invalidNetwork, .opaqueOperator,
      .unknownValue, .memorySetting, .nothingCompared, .compiledForEvaluation,
      .noDistributedBackEnd, .ranksDisagree, .unmet, .ranksLost, .failed:
      false
    }
  }

  /// The same failure, with the node in which it happened.
  func located(in node: String, operation: String) -> EngineError {
    guard case .failed(_, nil, let message) = self else { return self }
    return .failed(operation: operation, node: node, message: message)
  }
}

/// The one place where a status becomes a throw.
func check(_ status: ct_status, operation: @autoclosure () -> String) throws(EngineError) {
  switch status {
  case CT_OK: return
  case CT_UNAVAILABLE: throw .noLibtorch
  default:
    throw .failed(
      operation: operation(), node: nil, message: String(cString: ct_last_message()))
  }
}
