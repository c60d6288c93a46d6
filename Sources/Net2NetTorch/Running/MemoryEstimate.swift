import Net2Net
import OrderedCollections

/// How much memory a run takes at its height, from the types of its values: every value from the
/// step that makes it to the one that reads it last, or to the end where gradients are wanted. Views
/// share the memory of what they look at. What layers lay out for themselves counts where it can be
/// more than their results. An estimate: allocators round up, and parameters are not in it.
struct MemoryEstimate {
  private(set) var bytes = 0
  /// For messages: the largest value, and the node that runs at the height.
  private(set) var largest = ""
  private(set) var node: String?
  /// Of inputs and outputs.
  private(set) var borderBytes = 0

  private let types: ValueTypes
  private let precision: Precision
  private let names: [String]
  /// By slot: the block that a value lies in, and whether all of it in the order of its axes.
  private var places: [Int: (block: Int, isPlain: Bool)] = [:]
  private var blocks: [(bytes: Int, users: Int)] = []
  private var held = 0
  private var largestBytes = -1

  /// - Parameters:
  ///   - network: whose values the steps of `program` read and make.
  ///   - types: without names of sizes.
  ///   - keeps: whether gradients are to be computed.
  init(
    of network: Network, _ program: Program, steps: [Program.Step], types: ValueTypes,
    precision: Precision, keeps: Bool
  ) {
    self.types = types
    self.precision = precision
    names = program.names
    for input in network.graph.inputs {
      guard let slot = program.slots[input.name] else { continue }
      allocate(slot)
    }
    let outputs = network.graph.outputs.reduce(0) { $0.plus(size($1.name)) }
    borderBytes = held.plus(outputs)
    let nodes = Dictionary(
      network.graph.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for step in steps { take(step, nodes[step.node], keeps: keeps) }
    // Whoever asked gets copies. On the way back a layer has the gradients of its result and of its
    // operand, each in the order they came in and in the order it wants.
    bytes = max(bytes, held.plus(keeps ? largestBytes.times(4) : outputs))
    if keeps { bytes = bytes.plus(network.gradientBytes(in: precision)) }
  }

  /// Of the same network on a batch that is cut into parts, some of them computed at once.
  func inParts(_ part: MemoryEstimate, atOnce count: Int) -> MemoryEstimate {
    var whole = self
    whole.bytes = min(bytes, borderBytes.plus(part.bytes.times(count)))
    return whole
  }

  private func size(_ value: String) -> Int { types[value]?.bytes(in: precision) ?? 0 }

  private mutating func take(_ step: Program.Step, _ node: Node?, keeps: Bool) {
    for (position, slot) in step.results.enumerated() {
      if let slot { place(slot, of: step, position) }
    }
    let taken = held.plus(node?.scratchBytes(types, precision) ?? 0)
    if taken > bytes { (bytes, self.node) = (taken, step.node) }
    guard keeps else {
      for slot in step.released { release(slot) }
      return
    }
    guard let slot = step.results.first ?? nil, let type = types[names[slot]] else { return }
    if step.runnable is Dropout {
      // Drops into memory of its own, and keeps which elements those were.
      held = held.plus(size(names[slot]).times(2))
    } else if let pooling = step.runnable as? Pooling, pooling.function == .maximum {
      // Keeps which element of a window was the largest.
      held = held.plus(TensorType(.int64, type.dimensions).bytes(in: precision))
    }
  }

  private mutating func place(_ slot: Int, of step: Program.Step, _ position: Int) {
    guard let operand = step.overwritten ?? step.operands.indices.first,
      let place = step.operands[operand].flatMap({ places[$0] }),
      step.overwritten != nil ? position == 0 : step.runnable.isView(ofPlain: place.isPlain)
    else { return allocate(slot) }
    let isPlain = step.overwritten != nil || step.runnable.keepsOrder
    places[slot] = (place.block, place.isPlain && isPlain)
    blocks[place.block].users += 1
  }

  private mutating func allocate(_ slot: Int) {
    let size = size(names[slot])
    places[slot] = (blocks.count, true)
    blocks.append((size, 1))
    held = held.plus(size)
    guard size > largestBytes, let type = types[names[slot]] else { return }
    largestBytes = size
    largest = "\"\(names[slot])\" \(type)"
  }

  private mutating func release(_ slot: Int) {
    guard let block = places.removeValue(forKey: slot)?.block else { return }
    blocks[block].users -= 1
    if blocks[block].users == 0 { held -= min(held, blocks[block].bytes) }
  }
}

extension Runnable {
  /// Whether results are the first operand seen in another way, without memory of their own.
  fileprivate func isView(ofPlain isPlain: Bool) -> Bool {
    switch self {
    case is Identity, is Dropout, is Transposition, is Split, is Expand: true
    case is Reshape, is Flatten: isPlain
    case let slice as Slice: slice.cuts.allSatisfy { $0.step > 0 }
    default: false
    }
  }

  fileprivate var keepsOrder: Bool {
    switch self {
    case is Identity, is Dropout, is Reshape, is Flatten: true
    default: false
    }
  }
}

extension Network {
  /// Of all parameters, as a run in `precision` has them.
  func parameterBytes(in precision: Precision) -> Int {
    parameters.values.reduce(0) {
      $0.plus(TensorType($1.elementType, $1.shape).bytes(in: precision))
    }
  }

  fileprivate func gradientBytes(in precision: Precision) -> Int {
    let trained = trainedParameterNames
    return parameters.values.reduce(0) {
      trained.contains($1.name)
        ? $0.plus(TensorType($1.elementType, $1.shape).bytes(in: precision)) : $0
    }
  }
}

extension Node {
  /// What the kernel of a node lays out besides its results.
  fileprivate func scratchBytes(_ types: ValueTypes, _ precision: Precision) -> Int {
    let operands = inputs.map { types[$0]?.shape }
    guard let x = operands.first ?? nil, let result = outputs.first.flatMap({ types[$0]?.shape })
    else { return 0 }
    let element = precision.elementType.byteCount
    switch operation {
    case .convolution(let convolution):
      guard operands.count > 1, let weight = operands[1] else { return 0 }
      let pads = convolution.explicitPadding(input: x, weight: weight)
      return x.padded(by: pads).times(element)
        .plus(precision.unfolds ? result.windows(weight.sizes.dropFirst()).times(element) : 0)
    case .pooling(let pooling):
      guard let kernel = pooling.kernel else { return 0 }
      let sums = pooling.function == .average && precision.unfolds
      return x.padded(by: pooling.explicitPadding(input: x)).times(element)
        .plus(sums ? result.windows([result[1]] + kernel).times(element) : 0)
    case .matrixProduct:
      // An operand that lacks examples is copied for each of them.
      let examples = result.sizes.dropLast(2).product
      return operands.compactMap(\.self).reduce(0) {
        let matrix = $1.sizes.suffix(2).product
        return $1.rank > 2 && $1.sizes.dropLast(2).product < examples
          ? $0.plus(examples.times(matrix).times(element)) : $0
      }
    case .batchNormalization, .layerNormalization, .instanceNormalization, .groupNormalization,
      .rmsNormalization, .dense, .einsum, .activation, .parametricRelu, .elementwise, .modulo,
      .combination, .reduction, .softmax, .dropout, .concatenation, .split, .flatten, .reshape,
      .transposition, .identity, .gather, .gatherElements, .gatherND, .scatterND, .slice, .expand,
      .pad, .tile, .range, .sizeList, .cumulativeSum, .triangle, .extremePlace, .oneHot, .selection,
      .depthToSpace, .comparison, .predicate, .cast, .opaque:
      return 0
    }
  }
}

extension Precision {
  /// Whether libtorch copies what every window covers before it multiplies: oneDNN, which does not,
  /// has no doubles.
  fileprivate var unfolds: Bool { self == .float64 }
}

extension Shape {
  /// Elements of (N, C, d…) with pads, begins before ends; 0 where there are none.
  fileprivate func padded(by pads: [Int]) -> Int {
    guard pads.contains(where: { $0 != 0 }), pads.count == 2 * (rank - 2) else { return 0 }
    let count = pads.count / 2
    let spatial = (0..<count).map { sizes[$0 + 2].plus(pads[$0]).plus(pads[$0 + count]) }
    return (sizes[..<2] + spatial).product
  }

  /// Elements that all windows of (N, K, e…) cover, for the sizes (C, k…) of one.
  fileprivate func windows(_ window: some Collection<Int>) -> Int {
    sizes[0].times(sizes.dropFirst(2).product).times(window.product)
  }
}

extension TensorType {
  /// Of a value without names of sizes.
  func bytes(in precision: Precision) -> Int {
    let element = elementType.isFloatingPoint ? precision.elementType : elementType
    return (shape?.sizes.product ?? 0).times(element.byteCount)
  }
}

extension Collection where Element == Int {
  /// As far as `Int` goes.
  fileprivate var product: Int { contains(0) ? 0 : reduce(1) { $0.times($1) } }
}

extension Int {
  /// The sum, as far as `Int` goes.
  func plus(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// The product, as far as `Int` goes.
  func times(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
