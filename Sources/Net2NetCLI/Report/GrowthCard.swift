import Net2Net
import Net2NetFiles

/// One growth on a page: what it changed, what it kept, its plan and its receipt.
struct GrowthCard {
  let title: String
  let plan: String
  let receipt: Receipt

  var html: HTML {
    .element(
      "div", ["class": "card"],
      .element("h3", [:], text: title),
      .element(
        "p", [:],
        text: receipt.steps.map { "\($0.growth.sentence): \($0.costSentence)" }
          .joined(separator: ". ")),
      findings.html, .details("Plan", .element("pre", [:], text: plan)),
      .details("Tensors", changes.html),
      .details("Receipt", .element("pre", [:], text: (try? json(receipt)) ?? "")))
  }

  private var findings: HTMLTable {
    var table = HTMLTable(
      "Largest difference between the outputs of student and teacher.",
      columns: ["mode", "precision", "absolute", "relative"])
    for finding in receipt.findings {
      table.add([
        finding.mode, finding.elementType.rawValue,
        Figures.scientific(finding.maxAbsoluteDifference),
        Figures.scientific(finding.maxRelativeDifference),
      ])
    }
    return table
  }

  private var changes: HTMLTable {
    var table = HTMLTable("Shapes before and after.", columns: ["tensor", "from", "to"])
    for change in receipt.steps.flatMap(\.changes) {
      table.add([
        change.name, change.oldShape?.description ?? "new", change.newShape.description,
      ])
    }
    return table
  }
}
