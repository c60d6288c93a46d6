internal import Crypto
internal import Foundation
internal import Net2Net
internal import OrderedCollections

/// Which tensor of a checkpoint each parameter of a network is, found by value.
///
/// Exporters rename parameters, transpose them, and (worse) keep a name while they change the
/// values, so a name proves nothing. Values do, save where several are equal, as the scales of
/// fresh batch norms are. Only among such do names decide: first a parameter's own; then those of
/// the other parameters of its node (a bias goes where its weight went); then the order.
struct ParameterMatching {
  struct Match: Hashable {
    /// Its name in the checkpoint.
    var tensor: String
    var layout: ParameterLayout
  }

  let file: String
  /// By the parameter's name.
  private(set) var matches: [String: Match] = [:]
  /// Parameters that were told apart by order alone.
  private(set) var guessed: [String] = []
  /// Tensors that the network has nothing of, in the checkpoint's order.
  private(set) var unusedTensors: [String] = []

  private let network: Network
  private let checkpoint: StateDictionary
  private var used: Set<String> = []

  /// - Parameter file: the checkpoint's, for errors.
  init(of network: Network, to checkpoint: StateDictionary, file: String) {
    self.network = network
    self.checkpoint = checkpoint
    self.file = file
    let groups = groupsOfEqualValue()
    assignSole(groups)
    assignByName(groups)
    assignByNode(groups)
    assignInOrder(groups)
    unusedTensors = checkpoint.tensors.keys.filter { !used.contains($0) }
  }

  // MARK: Equal values

  /// Parameters and tensors with the same values.
  private struct Group {
    var parameters: [(name: String, layouts: [String: ParameterLayout])] = []
    /// Every element is the same.
    var isConstant = false
  }

  private func groupsOfEqualValue() -> [Group] {
    var groups: OrderedDictionary<Content, Group> = [:]
    let tensors = tensorsByContent()
    for parameter in network.parameters.values
    where parameter.elementType.isFloatingPoint && parameter.elementCount > 0 {
      let tensor = parameter.tensor()
      var content = Content(of: tensor)
      var layouts = layouts(of: parameter, tensors[content] ?? [])
      if layouts.isEmpty, tensor.shape.rank == 2 {
        content = Content(of: tensor.transposed())
        layouts = transposedLayouts(of: parameter, tensors[content] ?? [])
      }
      guard !layouts.isEmpty else { continue }
      groups[content, default: Group(isConstant: tensor.isConstant)].parameters
        .append((parameter.name, layouts))
    }
    return Array(groups.values)
  }

  /// The checkpoint's tensors, rounded to each floating-point type that parameters have.
  private func tensorsByContent() -> [Content: [String]] {
    let types = OrderedSet(network.parameters.values.map(\.elementType).filter(\.isFloatingPoint))
    var tensors: [Content: [String]] = [:]
    for (name, tensor) in checkpoint.tensors
    where tensor.elementType.isFloatingPoint && tensor.elementCount > 0 {
      for type in types {
        tensors[Content(of: tensor.converted(to: type)), default: []].append(name)
      }
    }
    return tensors
  }

  private func layouts(of parameter: Parameter, _ tensors: [String]) -> [String: ParameterLayout] {
    var layouts: [String: ParameterLayout] = [:]
    for name in tensors {
      guard let shape = checkpoint.tensors[name]?.shape else { continue }
      let isMatrix = shape.rank == 2 && parameter.shape.rank == 2 && shape != parameter.shape
      if !isMatrix { layouts[name] = .sameOrder(tensor: shape, parameter: parameter.shape) }
    }
    return layouts
  }

  private func transposedLayouts(
    of parameter: Parameter, _ tensors: [String]
  ) -> [String: ParameterLayout] {
    let shape = Shape(parameter.shape.sizes.reversed())
    let names = tensors.filter { checkpoint.tensors[$0]?.shape == shape }
    return Dictionary(uniqueKeysWithValues: names.map { ($0, .transposed) })
  }

  // MARK: Assignment

  private mutating func assign(_ parameter: String, _ tensor: String, _ layout: ParameterLayout) {
    matches[parameter] = Match(tensor: tensor, layout: layout)
    used.insert(tensor)
  }

  /// One parameter and one tensor.
  private mutating func assignSole(_ groups: [Group]) {
    for group in groups {
      guard group.parameters.count == 1, let parameter = group.parameters.first,
        parameter.layouts.count == 1, let (tensor, layout) = parameter.layouts.first
      else { continue }
      assign(parameter.name, tensor, layout)
    }
  }

  private mutating func assignByName(_ groups: [Group]) {
    for parameter in groups.flatMap(\.parameters) where matches[parameter.name] == nil {
      if let layout = parameter.layouts[parameter.name], !used.contains(parameter.name) {
        assign(parameter.name, parameter.name, layout)
      }
    }
  }

  /// Where another parameter of the same node belongs to `layer1.bn1`, so does this one.
  private mutating func assignByNode(_ groups: [Group]) {
    let open = Dictionary(
      groups.flatMap(\.parameters).map { ($0.name, $0.layouts) },
      uniquingKeysWith: { first, _ in first })
    for node in network.graph.nodes {
      let modules = Set(node.inputs.compactMap { matches[$0]?.tensor.module })
      guard modules.count == 1, let module = modules.first else { continue }
      for name in node.inputs where matches[name] == nil {
        let own = (open[name] ?? [:]).filter { $0.key.module == module && !used.contains($0.key) }
        if own.count == 1, let (tensor, layout) = own.first { assign(name, tensor, layout) }
      }
    }
  }

  /// What is left. A parameter for which no tensor is left shares one, as tied weights do; unless
  /// all its elements are equal, for zeros are no sign of kinship.
  private mutating func assignInOrder(_ groups: [Group]) {
    for group in groups {
      for parameter in group.parameters where matches[parameter.name] == nil {
        let names = parameter.layouts.keys.sorted {
          // Numbers by value: modules are numbered in the order in which they run.
          $0.compare($1, options: .numeric) == .orderedAscending
        }
        let free = names.filter { !used.contains($0) }
        if free.isEmpty, group.isConstant { continue }
        guard let tensor = free.first ?? names.first, let layout = parameter.layouts[tensor] else {
          continue
        }
        if names.count > 1 { guessed.append(parameter.name) }
        assign(parameter.name, tensor, layout)
      }
    }
  }
}

extension String {
  /// `layer1.bn1` of `layer1.bn1.weight`; nil where there is no dot.
  var module: String? { lastIndex(of: ".").map { String(self[..<$0]) } }
}

/// What a tensor holds, whatever its shape.
private struct Content: Hashable {
  let elementType: ElementType
  let elementCount: Int
  let hash: SHA256.Digest

  init(of tensor: Tensor) {
    elementType = tensor.elementType
    elementCount = tensor.elementCount
    var hash = SHA256()
    tensor.withUnsafeBytes { hash.update(bufferPointer: $0) }
    self.hash = hash.finalize()
  }
}

extension Tensor {
  /// Every element has the same bytes.
  fileprivate var isConstant: Bool {
    withUnsafeBytes { bytes in
      let size = elementType.byteCount
      return bytes.dropFirst(size).elementsEqual(bytes.dropLast(size))
    }
  }
}
