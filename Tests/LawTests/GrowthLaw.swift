import Net2Net
import OrderedCollections
import TestSupport

/// Growths that keep the function, of all the pieces that a network has.
enum GrowthLaw: String, CaseIterable {
  case eachWidth, allWidths, eachSite, allSites
  case residualBlocks, rowsOfResidualBlocks, joinedBranches, deepenedBlocks
  case kernels, chained

  struct Instance {
    var name: String
    var growths: [Growth]
  }

  /// Fewer over all fixtures and architectures, and the law has come to say less than it did.
  var leastCount: Int {
    switch self {
    case .eachWidth: 140
    case .allWidths: 400
    case .eachSite: 500
    case .allSites: 80
    case .residualBlocks: 16
    case .rowsOfResidualBlocks: 7
    case .joinedBranches: 4
    case .deepenedBlocks: 11
    case .kernels: 80
    case .chained: 40
    }
  }

  func instances(in teacher: Network) throws -> [Instance] {
    switch self {
    case .eachWidth: try teacher.growthsOfEachWidth()
    case .allWidths: try teacher.growthsOfAllWidths()
    case .eachSite:
      try teacher.sites().map {
        Instance(
          name: "after \($0.name)", growths: [.deepen(Deepen(after: [$0.name], batchNorm: false))])
      }
    case .allSites: try teacher.growthsOfAllSites()
    case .residualBlocks: try teacher.residualBlocks().map { .repeating($0.name) }
    case .rowsOfResidualBlocks: try teacher.growthsOfRows()
    case .joinedBranches: try teacher.joinedBranches().map { .repeating($0.name) }
    case .deepenedBlocks: try teacher.growthsOfDeepenedBlocks()
    case .kernels: teacher.growthsOfKernels()
    case .chained:
      [
        Instance(
          name: "wider, deeper and wider again",
          growths: [
            .widen(Widen(all: 2, mapping: .random)), .deepen(Deepen(all: true, batchNorm: false)),
            .widen(Widen(all: 2, symmetry: .unequal)),
          ])
      ]
    }
  }
}

extension GrowthLaw.Instance {
  fileprivate static func repeating(_ block: String, through: String? = nil) -> Self {
    let growth = RepeatBlock(block: block, through: through, times: 3)
    return Self(name: growth.blocks, growths: [.repeatBlock(growth)])
  }
}

extension Network {
  /// Widths that some parameter has and that are not pinned.
  func growableWidths() throws -> [Width] {
    try Widths(of: self).all.filter { width in
      switch width.freedom {
      case .free, .uniform: !width.uses.isEmpty
      case .pinned: false
      }
    }
  }

  fileprivate func growthsOfEachWidth() throws -> [GrowthLaw.Instance] {
    try growableWidths().map { width in
      let isFree = width.freedom == .free
      let size = isFree ? width.size + max(1, width.size / 2) : width.size * 2
      return GrowthLaw.Instance(
        name: "\(width.name) → \(size)",
        growths: [.widen(Widen(widths: [width.name: .size(size)]))])
    }
  }

  /// By every symmetry that keeps the function exactly, and by every map.
  fileprivate func growthsOfAllWidths() throws -> [GrowthLaw.Instance] {
    let isUniform = try Widths(of: self).all.contains { $0.freedom.name == "uniform" }
    return GrowthLaws.exactSymmetries.flatMap { symmetry in
      UnitMapping.allCases.map { mapping in
        let widen = Widen(all: isUniform ? 2 : 1.6, symmetry: symmetry, mapping: mapping)
        return GrowthLaw.Instance(
          name: "\(symmetry.name), \(mapping.rawValue)", growths: [.widen(widen)])
      }
    }
  }

  /// Every gaining site at once, in pairs of kernels too.
  fileprivate func growthsOfAllSites() throws -> [GrowthLaw.Instance] {
    let sites = try sites()
    guard !sites.isEmpty else { return [] }
    let isOneDimensional = sites.contains { $0.spatialSizes.count == 1 }
    return [[[3]], isOneDimensional ? [[3], [5]] : [[1, 3], [3, 1]]].map { kernels in
      GrowthLaw.Instance(
        name: "all sites, \(kernels)",
        growths: [.deepen(Deepen(all: true, kernels: kernels, batchNorm: false))])
    }
  }

  /// Blocks that follow one another, repeated as one. In every subject all of them do.
  fileprivate func growthsOfRows() throws -> [GrowthLaw.Instance] {
    let names = try residualBlocks().map(\.name)
    return zip(names, names.dropFirst()).map { .repeating($0, through: $1) }
  }

  fileprivate func growthsOfDeepenedBlocks() throws -> [GrowthLaw.Instance] {
    let blocks = try residualBlocks().map(\.name) + joinedBranches().map(\.name)
    guard !blocks.isEmpty else { return [] }
    let repeats = blocks.map { Growth.repeatBlock(RepeatBlock(block: $0)) }
    return [
      GrowthLaw.Instance(
        name: "deepened, then repeated",
        growths: [.deepen(Deepen(all: true, batchNorm: false))] + repeats)
    ]
  }

  fileprivate func growthsOfKernels() -> [GrowthLaw.Instance] {
    graph.nodes.compactMap { node in
      guard case .convolution = node.operation, let weight = parameters[node.inputs[1]]
      else { return nil }
      let kernel = weight.shape.sizes.dropFirst(2).map { $0 + 2 }
      return GrowthLaw.Instance(
        name: node.name, growths: [.growKernel(GrowKernel(node: node.name, kernel: kernel))])
    }
  }
}
