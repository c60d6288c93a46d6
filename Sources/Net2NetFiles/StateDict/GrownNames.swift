internal import Net2Net
internal import OrderedCollections

/// Names, in a checkpoint's style, for what growing put into a network.
///
/// A copy of a residual block `layer2.1` becomes `layer2.2`, and the blocks behind it move along
/// by one, as they would in a list of modules with one more in it. A layer inserted behind
/// `layer1.0.bn1` becomes a module beside it, `layer1.0.bn1_deeper`.
struct GrownNames {
  /// Names of the parameters of inserted layers.
  private(set) var inserted: [String: String] = [:]
  private var insertedModules: [String] = []
  /// New parameters whose origin nobody recorded.
  private(set) var unknown: Set<String> = []
  /// The lineages of what the teacher does not have, by name.
  private var lineages: [String: Lineage] = [:]
  /// Modules of repeated blocks.
  private var repeated: [String: RepeatedModule] = [:]
  private let matching: ParameterMatching

  /// One copy of a block, by the name that the block had.
  private struct BlockCopy: Hashable, Comparable {
    let block: String
    let number: Int

    static func < (a: Self, b: Self) -> Bool { (a.block, a.number) < (b.block, b.number) }
  }

  private struct RepeatedModule {
    /// In the order of the graph.
    var copies: [BlockCopy] = []
  }

  /// A parameter followed back to what it was made from.
  private struct Lineage {
    /// The copies that it is part of, the last growth's first.
    var copies: [BlockCopy] = []
    var end: End

    enum End {
      case teacher(String)
      case inserted(at: String, number: Int, part: String)
    }
  }

  /// One insertion, or a copy of one.
  private struct Insertion: Hashable {
    let site: String
    let number: Int
    let copies: [BlockCopy]
  }

  init(of student: Network, teacher: Network, matching: ParameterMatching) {
    self.matching = matching
    let readers = student.graph.readers
    let new = student.parameters.keys.filter { teacher.parameters[$0] == nil }
      .sorted { (readers[$0]?.first ?? 0, $0) < (readers[$1]?.first ?? 0, $1) }
    for name in new {
      lineages[name] = Self.lineage(of: name, student.origins, teacher)
      if lineages[name] == nil { unknown.insert(name) }
    }
    findRepeatedModules(new)
    nameInserted(new, student)
  }

  /// Nil where no growth that is known has made it.
  private static func lineage(
    of parameter: String, _ origins: Origins, _ teacher: Network
  ) -> Lineage? {
    var (name, copies, seen) = (parameter, [BlockCopy](), Set<String>())
    while teacher.parameters[name] == nil {
      guard seen.insert(name).inserted else { return nil }
      switch origins.parameters[name] {
      case .copied(let from, let block, let number):
        copies.append(BlockCopy(block: block, number: number))
        name = from
      case .inserted(let site, let number, let part):
        return Lineage(copies: copies, end: .inserted(at: site, number: number, part: part))
      case .grown(let from): name = from
      case .same, nil: return nil
      }
    }
    return Lineage(copies: copies, end: .teacher(name))
  }

  /// The teacher's parameter that a student's is a copy of; nil for all others.
  func origin(of parameter: String) -> String? {
    guard case .teacher(let original) = lineages[parameter]?.end else { return nil }
    return original
  }

  private func copy(_ parameter: String) -> BlockCopy? { lineages[parameter]?.copies.first }

  // MARK: Repeated blocks

  /// The module of a block is what the names of its tensors have in common.
  private mutating func findRepeatedModules(_ new: [String]) {
    var tensors: [BlockCopy: [String]] = [:]
    var copies: [String: [BlockCopy]] = [:]
    for name in new {
      guard let copy = copy(name), let origin = origin(of: name),
        let tensor = matching.matches[origin]?.tensor
      else { continue }
      tensors[copy, default: []].append(tensor)
      if copies[tensor]?.contains(copy) != true { copies[tensor, default: []].append(copy) }
    }
    for (copy, tensors) in tensors.sorted(by: { $0.key < $1.key }) {
      guard let module = Self.commonModule(of: tensors), repeated[module] == nil else { continue }
      // In the order of the graph, as `new` is.
      repeated[module] = RepeatedModule(copies: copies[tensors[0]] ?? [copy])
    }
  }

  private static func commonModule(of names: [String]) -> String? {
    let modules = names.compactMap { $0.module?.split(separator: ".") }
    guard var common = modules.first?[...] else { return nil }
    for module in modules { common = zip(common, module).prefix { $0 == $1 }.map(\.0)[...] }
    return common.isEmpty ? nil : common.joined(separator: ".")
  }

  /// The name of a parameter that belongs to a tensor, or is a copy of one that does.
  func name(of parameter: String, like tensor: String) -> String {
    guard let copy = copy(parameter) else { return moved(tensor) }
    guard let (module, block) = block(of: tensor),
      let number = block.copies.firstIndex(of: copy)
    else { return "\(tensor)_copy" }
    return self.copy(number + 1, of: tensor, module)
  }

  /// What a tensor that the network does not have is called: once, and once more for each copy
  /// of its block.
  func names(ofUnused tensor: String) -> [String] {
    guard let (module, block) = block(of: tensor) else { return [moved(tensor)] }
    return [moved(tensor)] + block.copies.indices.map { copy($0 + 1, of: tensor, module) }
  }

  private func block(of tensor: String) -> (module: String, block: RepeatedModule)? {
    repeated.first { tensor.hasPrefix("\($0.key).") }.map { ($0.key, $0.value) }
  }

  private func copy(_ number: Int, of tensor: String, _ module: String) -> String {
    let rest = tensor.dropFirst(module.count)
    guard let (list, index) = Self.place(of: module) else {
      return "\(module)_\(number + 1)\(rest)"
    }
    return "\(moved(list)).\(index + number + shift(of: index, in: list))\(rest)"
  }

  /// A tensor's name after blocks before it were repeated.
  private func moved(_ tensor: String) -> String {
    let parts = tensor.split(separator: ".", omittingEmptySubsequences: false)
    for (place, part) in parts.enumerated() {
      guard let index = Int(part), place > 0 else { continue }
      let list = parts[..<place].joined(separator: ".")
      let shift = shift(of: index, in: list)
      guard shift > 0 else { continue }
      return ([list, String(index + shift)] + parts[(place + 1)...].map(String.init))
        .joined(separator: ".")
    }
    return tensor
  }

  /// How many copies stand before the module of this number.
  private func shift(of index: Int, in list: String) -> Int {
    repeated.reduce(0) { shift, entry in
      guard let place = Self.place(of: entry.key), place.list == list, place.index < index else {
        return shift
      }
      return shift + entry.value.copies.count
    }
  }

  /// `layer2.1` is number 1 of `layer2`.
  private static func place(of module: String) -> (list: String, index: Int)? {
    guard let dot = module.lastIndex(of: "."), let index = Int(module[module.index(after: dot)...])
    else { return nil }
    return (String(module[..<dot]), index)
  }

  // MARK: Inserted layers

  private mutating func nameInserted(_ parameters: [String], _ student: Network) {
    let producers = student.graph.producers
    let readers = student.graph.readers
    var modules: [Insertion: String] = [:]
    var taken = Set(matching.unusedTensors + matching.matches.values.map(\.tensor))
    for parameter in parameters {
      guard let lineage = lineages[parameter],
        case .inserted(let site, let number, let part) = lineage.end
      else { continue }
      let insertion = Insertion(site: site, number: number, copies: lineage.copies)
      if modules[insertion] == nil {
        let above = readers[parameter]?.first.flatMap { reader in
          module(above: student.graph.nodes[reader], student.graph, producers)
        }
        let name = unused(beside: above, taken)
        modules[insertion] = name
        insertedModules.append(name)
        taken.insert("\(name).")
      }
      inserted[parameter] = modules[insertion].map { "\($0).\(part)" }
    }
  }

  private func unused(beside module: String?, _ taken: Set<String>) -> String {
    let base = module.map { "\($0)_deeper" } ?? "deeper"
    var name = base
    var number = 2
    while taken.contains(where: { $0.hasPrefix("\(name).") }) {
      name = "\(base)\(number)"
      number += 1
    }
    return name
  }

  /// The module of the nearest parameter that computes what the node reads.
  private func module(
    above node: Node, _ graph: Graph, _ producers: [String: Int]
  ) -> String? {
    var pending = ArraySlice(node.inputs)
    var seen: Set<String> = []
    while let value = pending.popFirst() {
      guard seen.insert(value).inserted, let index = producers[value] else { continue }
      let inputs = graph.nodes[index].inputs
      for input in inputs {
        guard let tensor = matching.matches[origin(of: input) ?? input]?.tensor else { continue }
        return name(of: input, like: tensor).module
      }
      pending += inputs
    }
    return nil
  }

  // MARK: For notes

  /// Modules that the checkpoint does not have.
  var newModules: [String] {
    let copied = repeated.flatMap { module, block in
      block.copies.indices.map { copy($0 + 1, of: module, module) }
    }
    return copied.sorted() + insertedModules
  }

  /// Modules that got other numbers, as pairs.
  var movedModules: [(from: String, to: String)] {
    var moved: [String: String] = [:]
    for tensor in matching.matches.values.map(\.tensor) {
      let parts = tensor.split(separator: ".").map(String.init)
      for (place, part) in parts.enumerated() where Int(part) != nil && place > 0 {
        let module = parts[...place].joined(separator: ".")
        guard self.moved(module) != module else { continue }
        moved[module] = self.moved(module)
        break
      }
    }
    return moved.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
