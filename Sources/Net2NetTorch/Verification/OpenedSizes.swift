public import Net2Net

/// Fixed sizes of inputs that are too large to draw, such as a batch of two thousand million samples,
/// are often fixed for no reason: nothing in the network depends on them. Names take their place
/// then, and inputs are drawn as small as for other names.
extension Verification {
  /// The networks, which take the same inputs, with names in the place of as few fixed sizes as let
  /// them run within the memory budget. Sizes that something depends on stay, and so does everything
  /// where the networks can be run as they are.
  public func opened(_ networks: [Network]) throws(EngineError) -> [Network] {
    var opened = networks
    guard let first = networks.first, try !fit(opened) else { return opened }
    for axes in first.fixedAxes(above: batchSize) {
      let candidates = opened.map { $0.opening(axes) }
      guard candidates.allSatisfy({ (try? $0.validate()) != nil }) else { continue }
      opened = candidates
      if try fit(opened) { break }
    }
    return opened
  }

  /// Whether runs in float64 on drawn inputs can be held in memory.
  private func fit(_ networks: [Network]) throws(EngineError) -> Bool {
    var budget = memoryBudget
    if budget == nil { budget = try .ofThisProcess() }
    for network in networks {
      let types = try network.runnableTypes()
      let settled = network.settlingReshapes(types)
      let program = try Program(settled, types: types)
      var sizes = RunSizes(settled, program, steps: program.steps, precision: .float64)
      guard let drawn = try? symbolSizes(in: network) else { return false }
      let needed = try sizes.checked(drawn).evaluation.bytes
      if let budget, needed.plus(network.parameterBytes(in: .float64)) > budget.bytes {
        return false
      }
    }
    return true
  }
}

/// An axis of a graph's input.
private struct InputAxis: Hashable {
  let input: String
  let axis: Int
}

extension Network {
  /// Axes of inputs with a fixed size above `least`, the largest first. First axes of one size go
  /// together, as they count the same samples.
  fileprivate func fixedAxes(above least: Int) -> [[InputAxis]] {
    var found: [(size: Int, axes: [InputAxis])] = []
    for input in graph.inputs {
      for (axis, dimension) in input.type.dimensions.enumerated() {
        guard let size = dimension.size, size > least else { continue }
        let place = InputAxis(input: input.name, axis: axis)
        if axis == 0,
          let known = found.firstIndex(where: { $0.size == size && $0.axes[0].axis == 0 })
        {
          found[known].axes.append(place)
        } else {
          found.append((size, [place]))
        }
      }
    }
    return found.sorted { $0.size > $1.size }.map(\.axes)
  }

  /// With one new name in the place of the sizes of `axes`.
  fileprivate func opening(_ axes: [InputAxis]) -> Network {
    var network = self
    var name = "open"
    while graph.symbols.contains(name) { name += "′" }
    for index in graph.inputs.indices {
      for place in axes where place.input == graph.inputs[index].name {
        guard place.axis < graph.inputs[index].type.rank else { continue }
        network.graph.inputs[index].type.dimensions[place.axis] = .symbolic(name)
      }
    }
    return network
  }
}
