import Net2Net
import Net2NetTorch

extension [GrowthStep] {
  /// Each growth with its cost, then the tensors it changes.
  var text: String {
    enumerated().map { index, step in
      """
      \(index + 1). \(step.growth.sentence)
         \(step.costSentence)
      \(step.changeTable.text(indent: 3))
      """
    }.joined(separator: "\n")
  }
}

extension GrowthStep {
  /// `11,314 → 38,746 parameters, 962 k → 3.71 M multiply-adds an example`
  var costSentence: String {
    "\(Figures.grouped(before.parameters)) → \(Figures.grouped(after.parameters)) parameters, "
      + "\(Figures.scaled(before.multiplyAdds)) → \(Figures.scaled(after.multiplyAdds)) "
      + "multiply-adds an example"
  }

  fileprivate var changeTable: TextTable {
    var table = TextTable("tensor", "from", "to")
    for change in changes {
      table.add(
        change.name, change.oldShape?.description ?? "new", change.newShape.description)
    }
    return table
  }
}

extension Growth {
  /// One line that tells a person what the growth does.
  var sentence: String {
    switch self {
    case .widen(let widen):
      "widen \(widen.goal.sentence), symmetry \(widen.symmetry.name)"
        + (widen.symmetry.strength.map { " \($0)" } ?? "") + ", map \(widen.mapping.rawValue)"
    case .deepen(let deepen):
      "deepen after \(deepen.all ? "every site\(deepen.filter.sentence)" : deepen.after.joined(separator: ", "))"
        + ", kernel \(deepen.kernels.map(KernelSize.text).joined(separator: " and "))"
    case .repeatBlock(let growth):
      "repeat block \(growth.blocks) to \(growth.times) in all"
    case .growKernel(let growth):
      "grow the kernel of \(growth.node) to \(KernelSize.text(growth.kernel))"
    case .addClasses(let growth):
      "add \(growth.count) \(growth.count == 1 ? "class" : "classes")"
    case .replaceClasses(let growth):
      "\(growth.count) classes with a new head, the function is not kept"
    case .randomPad(let growth):
      "random pad \(growth.goal.sentence), the function is not kept"
    case .randomInit:
      "draw every weight anew, the function is not kept"
    }
  }
}

extension WidthGoal {
  /// `every width to 1.5x, conv1 to 64, axes of multiples of 8`
  fileprivate var sentence: String {
    var parts = all.map { ["every width\(filter.sentence) to \(Figures.factor($0))"] } ?? []
    for (name, goal) in widths.sorted(by: { $0.key < $1.key }) {
      switch goal {
      case .size(let size): parts.append("\(name) to \(size)")
      case .factor(let factor): parts.append("\(name) to \(Figures.factor(factor))")
      }
    }
    if let multiple { parts.append("axes of multiples of \(multiple)") }
    return parts.joined(separator: ", ")
  }
}

extension NameFilter {
  /// ` of layer3.*, but not of fc`, or nothing.
  fileprivate var sentence: String {
    (only.isEmpty ? "" : " of " + only.joined(separator: " and "))
      + (except.isEmpty ? "" : ", but not of " + except.joined(separator: " or "))
  }
}

extension VerificationReport {
  /// `exact; evaluation mode differs by 2.1e-16 in float64 and 5.0e-07 in float32, training …`
  var growthSentence: String {
    "\(grade.rawValue); \(sentence(.evaluation)); training mode \(grade(in: .training).rawValue)"
      + ", \(figure(.training, .float64)) in float64"
  }

  private func sentence(_ mode: VerificationMode) -> String {
    "largest relative difference \(figure(mode, .float64)) in float64 and "
      + "\(figure(mode, .float32)) in float32"
  }

  private func figure(_ mode: VerificationMode, _ precision: Precision) -> String {
    largestDifference(in: mode, precision).map { Figures.scientific($0.maxRelative) }
      ?? "not a number"
  }
}
