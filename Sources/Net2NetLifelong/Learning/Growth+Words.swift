internal import Net2Net

extension Receipt {
  /// `widen conv1 to 12; deepen after relu2: 11,314 to 12,000 parameters`, and the grade found.
  var sentence: String {
    let words = steps.map(\.growth.words).joined(separator: "; ")
    return "\(words): \(grouped(teacher.cost.parameters)) to \(grouped(student.cost.parameters)) "
      + "parameters, \(grouped(teacher.cost.multiplyAdds)) to "
      + "\(grouped(student.cost.multiplyAdds)) multiply-adds"
      + (grade.map { "; \($0.rawValue)" } ?? "")
  }
}

extension Growth {
  fileprivate var words: String {
    switch self {
    case .widen(let widen): "widen \(widen.goal.words)"
    case .deepen(let deepen): "deepen after \(deepen.after.joined(separator: ", "))"
    case .repeatBlock(let growth): "repeat block \(growth.blocks)"
    case .growKernel(let growth): "grow the kernel of \(growth.node)"
    case .addClasses(let growth): "add \(growth.count) \(growth.count == 1 ? "class" : "classes")"
    case .replaceClasses(let growth): "\(growth.count) classes with a new head"
    case .randomPad(let growth): "random pad \(growth.goal.words)"
    case .randomInit: "draw every weight anew"
    }
  }
}

extension WidthGoal {
  fileprivate var words: String {
    widths.sorted { $0.key < $1.key }.map { name, goal in
      switch goal {
      case .size(let size): "\(name) to \(size)"
      case .factor(let factor): "\(name) by \(factor)"
      }
    }.joined(separator: ", ") + (all.map { "every width by \($0)" } ?? "")
  }
}

/// `12,345`
func grouped(_ count: Int) -> String {
  var digits = String(count.magnitude)
  for position in stride(from: digits.count - 3, to: 0, by: -3) {
    digits.insert(",", at: digits.index(digits.startIndex, offsetBy: position))
  }
  return (count < 0 ? "-" : "") + digits
}
