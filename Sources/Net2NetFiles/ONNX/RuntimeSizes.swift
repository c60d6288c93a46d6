internal import Net2Net

/// Sizes known only at run time, as an exported graph computes them: each is read off a graph
/// input by one `Shape` node, which all that need it share.
struct RuntimeSizes {
  /// Where the size that each symbol stands for is found.
  private let sources: [String: (input: String, axis: Int)]
  /// Values of one element that hold a symbol's size, those that are written already.
  fileprivate var written: [String: String] = [:]

  init(of inputs: [ValueDeclaration]) {
    var sources: [String: (input: String, axis: Int)] = [:]
    for input in inputs {
      for case (let axis, .symbolic(let symbol)) in input.type.dimensions.enumerated()
      where sources[symbol] == nil {
        sources[symbol] = (input.name, axis)
      }
    }
    self.sources = sources
  }

  fileprivate func source(of symbol: String) -> (input: String, axis: Int) {
    guard let source = sources[symbol] else {
      preconditionFailure("validate() lets no node through that needs the size \(symbol)")
    }
    return source
  }
}

extension GraphExport {
  /// Adds an operand that lists `sizes`: a constant where all are known.
  ///
  /// - Returns: its name.
  mutating func sizes(_ role: String, _ sizes: [Dimension], of node: Node) -> String {
    var pieces: [String] = []
    var known: [Int] = []
    for size in sizes {
      guard size.size == nil else {
        known.append(size.coefficient)
        continue
      }
      if !known.isEmpty { pieces.append(list("\(role).known", known, of: node)) }
      known = []
      pieces.append(value(of: size, role, node))
    }
    guard !pieces.isEmpty else { return list(role, known, of: node) }
    if !known.isEmpty { pieces.append(list("\(role).known", known, of: node)) }
    guard pieces.count > 1 else { return pieces[0] }
    var attributes = AttributeList()
    attributes.set("axis", 0)
    return addNode("Concat", pieces, name: "\(node.name).\(role)", attributes)
  }

  /// Adds an operand that holds one size, without axes.
  mutating func scalarSize(_ role: String, _ size: Dimension, of node: Node) -> String {
    if let known = size.size {
      return addOperand(role, of: node, Tensor([Int64(known)], shape: []))
    }
    let list = value(of: size, role, node)
    return addNode("Squeeze", [list], name: "\(node.name).\(role)")
  }

  /// The value of one element that holds a size with symbols.
  private mutating func value(of size: Dimension, _ role: String, _ node: Node) -> String {
    var factors = size.symbols.map { self.size(of: $0) }
    if size.coefficient != 1 {
      factors.append(list("\(role).factor", [size.coefficient], of: node))
    }
    return factors.dropFirst().reduce(factors[0]) { product, factor in
      addNode("Mul", [product, factor], name: "\(node.name).\(role).size")
    }
  }

  /// The value of one element that holds the size `symbol` stands for.
  private mutating func size(of symbol: String) -> String {
    if let name = runtimeSizes.written[symbol] { return name }
    let (input, axis) = runtimeSizes.source(of: symbol)
    var attributes = AttributeList()
    attributes.set("start", axis)
    attributes.set("end", axis + 1)
    let name = addNode("Shape", [input], name: "\(input).size\(axis)", attributes)
    runtimeSizes.written[symbol] = name
    return name
  }
}
