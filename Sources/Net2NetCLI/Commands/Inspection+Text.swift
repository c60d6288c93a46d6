import Net2Net

extension Inspection {
  func text(title: String) -> String {
    [
      "\(title): \(cost.sentence), \(Figures.scaled(cost.parameterBytes))B",
      "  in   \(inputs.joined(separator: ", "))\n  out  \(outputs.joined(separator: ", "))",
      "Layers\n" + layerTable.text(indent: 2),
      opaque.isEmpty
        ? nil : "Kept as they are, and not to be run\n" + opaqueTable.text(indent: 2),
      widths.isEmpty ? "No widths" : "Widths\n" + widthTable.text(indent: 2),
      sites.isEmpty ? "No sites" : "Sites\n" + siteTable.text(indent: 2),
      blocks.isEmpty ? nil : "Blocks that can be repeated\n  " + blocks.joined(separator: "\n  "),
    ].compactMap(\.self).joined(separator: "\n\n")
  }

  private var layerTable: TextTable {
    var table = TextTable("name", "operator", "output", ">parameters", ">multiply-adds")
    for layer in layers {
      table.add(
        layer.name, layer.operator, layer.outputs.joined(separator: ", "),
        layer.parameters == 0 ? "" : Figures.grouped(layer.parameters),
        layer.multiplyAdds == 0 ? "" : Figures.scaled(layer.multiplyAdds))
    }
    return table
  }

  private var opaqueTable: TextTable {
    var table = TextTable("name", "operator", "because")
    for layer in opaque { table.add(layer.name, layer.operator, layer.reason) }
    return table
  }

  private var widthTable: TextTable {
    var table = TextTable(
      "name", ">size", "freedom", ">writers", ">readers", ">carriers", "because")
    for width in widths {
      table.add(
        width.name, String(width.size), width.freedom, String(width.writers.count),
        String(width.readers.count), String(width.carriers.count),
        width.reasons.joined(separator: "; "))
    }
    return table
  }

  private var siteTable: TextTable {
    var table = TextTable("after", ">channels", "places", "inserts")
    for site in sites {
      table.add(
        site.name, String(site.channels),
        site.spatialSizes.map { $0.map(String.init) ?? "?" }.joined(separator: "×"), site.insertion)
    }
    return table
  }
}
