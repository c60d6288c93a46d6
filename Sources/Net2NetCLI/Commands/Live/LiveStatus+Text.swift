import Net2Net
import Net2NetLifelong

extension LiveStatus {
  func text(title: String) -> String {
    let older = versionCount - versions.count
    return """
      \(title): model "\(model)", \(counted(versionCount, "version")), \
      \(counted(classes.count, "class", "classes"))
      \(exampleSentence)

      \(lineageTable.text(indent: 2))
      """ + (older > 0 ? "\n  and \(counted(older, "older version"))" : "")
  }

  private var exampleSentence: String {
    "\(Figures.grouped(examples.total)) examples: \(Figures.grouped(examples.training)) to learn "
      + "from, \(Figures.grouped(examples.heldOut)) held out"
      + (examples.damaged > 0 ? ", \(Figures.grouped(examples.damaged)) damaged" : "")
  }

  private var lineageTable: TextTable {
    var table = TextTable(
      "version", "made by", ">parameters", ">multiply-adds", ">learnt from", ">accuracy", "is")
    for entry in Lineage(versions, champion: aliases[Alias.champion.rawValue]).entries {
      let version = entry.version
      table.add(
        entry.prefix + "\(version.number)", version.origin.kind.rawValue,
        Figures.grouped(version.cost.parameters), Figures.grouped(version.cost.multiplyAdds),
        version.examples.map { Figures.grouped($0.upperBound) } ?? "–",
        version.metrics["accuracy"].map(Figures.percent) ?? "–",
        Alias.allCases.filter { aliases[$0.rawValue] == version.number }.map(\.rawValue)
          .joined(separator: ", "))
    }
    return table
  }

  private func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(Figures.grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
  }
}

extension Lineage.Entry {
  /// The lines to the left of a version, three columns each.
  var prefix: String {
    guard isBranch else { return String(repeating: "│  ", count: depth) }
    return String(repeating: "│  ", count: depth - 1) + "├─ "
  }
}
