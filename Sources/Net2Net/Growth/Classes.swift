internal import OrderedCollections

/// New output classes. The old logits stay as they are; the new ones start at zero.
public struct AddClasses: Hashable, Sendable {
  public var count: Int
  /// The graph output that lists the classes along its last axis; the only one unless given.
  public var output: String?

  public init(count: Int, output: String? = nil) {
    self.count = count
    self.output = output
  }

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    try checkClassCount(count)
    let inferred = try Widths(of: network)
    let index = try inferred.classes(of: network, output: output)
    let size = inferred.all[index].size
    try checkClassCount(size + count)
    let map = UnitMap.fresh(from: size, to: size + count)
    return try WidthGrowth(widths: inferred, maps: [index: map], style: .zeroed, draw: draw)
      .applied(to: network)
  }
}

/// Other classes in place of the old ones, for fine-tuning: a head as in a new network, of this
/// many classes, fewer or more than before. What the network computed up to its head stays; its
/// function is not kept.
public struct ReplaceClasses: Hashable, Sendable {
  public var count: Int
  /// The graph output that lists the classes along its last axis; the only one unless given.
  public var output: String?

  public init(count: Int, output: String? = nil) {
    self.count = count
    self.output = output
  }

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    try checkClassCount(count)
    let inferred = try Widths(of: network)
    let index = try inferred.classes(of: network, output: output)
    let map = UnitMap.renewed(from: inferred.all[index].size, to: count)
    return try WidthGrowth(widths: inferred, maps: [index: map], style: .initialised, draw: draw)
      .applied(to: network)
  }
}

extension Network {
  /// How many classes the network tells apart: the size of its only output's last axis.
  ///
  /// - Throws: ``NetworkError`` where it has several outputs, or an output of another form.
  public func classCount() throws(NetworkError) -> Int {
    let widths = try Widths(of: self)
    return widths.all[try widths.classes(of: self, output: nil)].size
  }
}

private func checkClassCount(_ count: Int) throws(NetworkError) {
  guard count > 0, count < UnitMap.unitLimit else {
    throw .invalidValue(
      "count", found: "\(count)",
      expected: count > 0 ? "fewer than \(UnitMap.unitLimit)" : "1 or more")
  }
}

extension Widths {
  /// The width that lists the classes; refused where more than the graph's output pins it.
  fileprivate func classes(of network: Network, output: String?) throws(NetworkError) -> Int {
    let index = try lastAxis(of: network, output: output)
    let others = all[index].freedom.reasons.filter {
      if case .graphOutput = $0 { false } else { true }
    }
    guard others.isEmpty else {
      throw .pinnedWidth(all[index].name, reasons: others.map(\.description))
    }
    return index
  }

  private func lastAxis(of network: Network, output: String?) throws(NetworkError) -> Int {
    let names = network.graph.outputs.map(\.name)
    let name = output ?? names.first ?? ""
    guard names.contains(name), output != nil || names.count == 1 else {
      throw .unknownChoice("output", name, known: names)
    }
    let rank = types[name]?.rank ?? 0
    guard rank > 0, let layout = self.layout(of: name, axis: rank - 1),
      let width = layout.soleWidth
    else {
      throw .invalidValue(
        "output", found: name, expected: "an output whose last axis is one width")
    }
    return width
  }
}
