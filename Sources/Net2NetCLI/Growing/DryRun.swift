import Net2Net

/// What a plan would do: its steps, and what each layer takes before and after all of them.
struct DryRun: Encodable {
  struct Layer: Encodable {
    var name: String
    var `operator`: String
    /// Nil for a layer that is new.
    var before: Cost?
    var after: Cost
  }

  var before: Cost
  var after: Cost
  var layers: [Layer]
  var steps: [GrowthStep]

  init(of grown: Grown, teacher: Network) throws {
    before = try teacher.cost()
    after = try grown.network.cost()
    steps = grown.steps
    let old = Dictionary(
      try teacher.layerCosts().map { ($0.name, $0.cost) }, uniquingKeysWith: { first, _ in first })
    layers = try grown.network.layerCosts().map {
      Layer(name: $0.name, operator: $0.operator, before: old[$0.name], after: $0.cost)
    }
  }

  var text: String {
    """
    \(steps.text)

    Layers
    \(layerTable.text(indent: 2))

    \(memory)
    """
  }

  private var layerTable: TextTable {
    var table = TextTable(
      "name", "operator", ">parameters", ">after", ">multiply-adds", ">after", ">weights", ">after")
    for layer in layers where layer.after.parameters > 0 || layer.after.multiplyAdds > 0 {
      table.add([layer.name, layer.operator] + Self.cells(layer.before, layer.after))
    }
    table.add(["total", ""] + Self.cells(before, after))
    return table
  }

  private static func cells(_ before: Cost?, _ after: Cost) -> [String] {
    func pair(_ figure: (Cost) -> String) -> [String] {
      [before.map(figure) ?? "new", figure(after)]
    }
    return pair { Figures.grouped($0.parameters) } + pair { Figures.scaled($0.multiplyAdds) }
      + pair { Figures.scaled($0.parameterBytes) + "B" }
  }

  private var memory: String {
    func size(_ bytes: Int) -> String { Figures.scaled(bytes) + "B" }
    return "memory: \(size(before.parameterBytes)) → \(size(after.parameterBytes)) of weights, "
      + "\(size(before.activationBytes)) → \(size(after.activationBytes)) of values at most "
      + "while an example goes through"
  }
}
