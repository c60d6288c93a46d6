/// Gives the variables that are left after unification their numbers and names.
struct WidthNumbering {
  private(set) var unifier: Unifier
  private(set) var widths: [Width] = []
  private var indices: [Int: Int] = [:]
  private var names = Set<String>()

  init(unifier: Unifier) { self.unifier = unifier }

  mutating func number(_ layout: AxisLayout, name: String) {
    let variables = unifier.resolved(layout).widths
    for (position, variable) in variables.enumerated() where indices[variable] == nil {
      let base = variables.count == 1 ? name : "\(name)[\(position)]"
      indices[variable] = widths.count
      widths.append(
        Width(
          name: unused(base), size: unifier.sizes[variable].coefficient, freedom: .free, uses: []))
    }
  }

  private mutating func unused(_ base: String) -> String {
    var name = base
    var suffix = 2
    while !names.insert(name).inserted {
      name = "\(base)#\(suffix)"
      suffix += 1
    }
    return name
  }

  mutating func layout(_ layout: AxisLayout) -> AxisLayout {
    var numbered = unifier.resolved(layout)
    for segment in numbered.segments.indices {
      for factor in numbered.segments[segment].indices {
        if case .width(let variable) = numbered.segments[segment][factor],
          let index = indices[variable]
        {
          numbered.segments[segment][factor] = .width(index)
        }
      }
    }
    return numbered
  }
}
