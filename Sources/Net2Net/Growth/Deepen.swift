internal import OrderedCollections

/// Net2DeeperNet (Chen et al. 2016, §2.2): inserts layers that start as the identity.
public struct Deepen: Hashable, Sendable {
  /// Sites by name; none and `all` means every site that gains a non-linearity.
  public var after: [String]
  public var all: Bool
  /// Which sites `all` means.
  public var filter: NameFilter
  /// One layer for each kernel, in order: `[[3, 3]]`, or `[[1, 7], [7, 1]]` for a factorised
  /// pair. Odd sizes; a single one, `[[3]]`, is that of every axis. Not used for dense layers.
  public var kernels: [[Int]]
  /// Batch norm behind each convolution; nil inserts it where the site's own layer has one.
  public var batchNorm: Bool?

  public init(
    after: [String] = [], all: Bool = false, filter: NameFilter = NameFilter(),
    kernels: [[Int]] = [[3]], batchNorm: Bool? = nil
  ) {
    self.after = after
    self.all = all
    self.filter = filter
    self.kernels = kernels
    self.batchNorm = batchNorm
  }

  /// The sites that this growth names, checked.
  func sites(in network: Network) throws(NetworkError) -> [Site] {
    let sites = try network.sites()
    guard filter.isEmpty || all else {
      throw .invalidValue(
        "only and except", found: "named sites alone", expected: "all sites, to choose from")
    }
    if all {
      try filter.check(against: sites.map(\.name), "site")
      let gaining = sites.filter { site in
        guard filter.chooses([site.name]) else { return false }
        if site.insertion == .paired(.silu) { return true }
        guard case .activation = network.graph.node(named: site.name)?.operation else {
          return false
        }
        return site.insertion != .linear
      }
      guard !gaining.isEmpty else { throw .noSiteGains }
      return gaining
    }
    guard !after.isEmpty else { throw .noSiteNamed }
    var named: [Site] = []
    for name in after {
      guard let site = sites.first(where: { $0.name == name }) else {
        throw .unknownSite(name, nearest: nearest(to: name, among: sites.map(\.name)))
      }
      named.append(site)
    }
    return named
  }

  /// Values whose statistics the inserted batch norms need, by site.
  public func calibratedValues(in network: Network) throws(NetworkError) -> [String] {
    try sites(in: network).filter { usesBatchNorm(at: $0, in: network) }.map(\.value)
  }

  func applied(
    to network: Network, calibration: [String: ChannelStatistics]
  ) throws(NetworkError) -> Network {
    var grown = network
    for site in try sites(in: network) {
      let statistics = calibration[site.value]
      if usesBatchNorm(at: site, in: network), statistics == nil {
        throw .missingCalibration(site: site.name)
      }
      let layers = IdentityLayers(
        site: site, kernels: try checkedKernels(at: site),
        statistics: usesBatchNorm(at: site, in: network) ? statistics : nil)
      grown = try layers.inserted(into: grown)
    }
    return grown
  }

  private func usesBatchNorm(at site: Site, in network: Network) -> Bool {
    guard site.layer == .convolution, isPaired(site) == false else { return false }
    return batchNorm ?? network.isNormalized(upstreamOf: site.value)
  }

  private func isPaired(_ site: Site) -> Bool {
    if case .paired = site.insertion { true } else { false }
  }

  private func checkedKernels(at site: Site) throws(NetworkError) -> [[Int]] {
    guard site.layer == .convolution else { return [[]] }
    let rank = site.spatialSizes.count
    var fitting: [[Int]] = []
    for kernel in kernels {
      let sizes = kernel.count == 1 ? Array(repeating: kernel[0], count: rank) : kernel
      guard sizes.count == rank,
        sizes.allSatisfy({ $0 > 0 && !$0.isMultiple(of: 2) && $0 < 1 << 10 })
      else {
        let example = KernelSize.text(Array(repeating: 3, count: rank))
        throw .invalidValue(
          "kernel at \"\(site.name)\"", found: KernelSize.text(kernel),
          expected: rank == 1 ? "one odd size, such as 3" : "\(rank) odd sizes, such as \(example)")
      }
      fitting.append(sizes)
    }
    guard !kernels.isEmpty else {
      throw .invalidValue("kernels", found: "none", expected: "at least one, such as 3x3")
    }
    return fitting
  }
}

extension Network {
  /// A batch norm stands between `value` and the linear layer that it comes from.
  fileprivate func isNormalized(upstreamOf value: String) -> Bool {
    let producers = graph.producers
    var pending = [value]
    var seen = Set<String>()
    while let next = pending.popLast() {
      guard seen.insert(next).inserted, let index = producers[next] else { continue }
      let node = graph.nodes[index]
      if case .batchNormalization = node.operation { return true }
      let isWeighted = node.operation.definition.parameterKinds.values.contains(.weight)
      if !isWeighted { pending += node.inputs }
    }
    return false
  }
}

/// Mean and population variance of each channel of a value over calibration data.
public struct ChannelStatistics: Hashable, Sendable, Codable {
  public var mean: [Double]
  public var variance: [Double]

  public init(mean: [Double], variance: [Double]) {
    self.mean = mean
    self.variance = variance
  }
}

/// The layers that go in at one site.
private struct IdentityLayers {
  static let epsilon = 1e-5

  let site: Site
  let kernels: [[Int]]
  /// Given where each convolution is followed by a batch norm.
  let statistics: ChannelStatistics?

  func inserted(into network: Network) throws(NetworkError) -> Network {
    var insertion = GraphInsertion(into: network)
    var value = site.value
    let insertionNumber = network.origins.unusedNumber(at: site.name)
    for (number, kernel) in kernels.enumerated() {
      let suffix = kernels.count > 1 ? ".deeper\(number + 1)" : ".deeper"
      let layers = GraphInsertion.Layers(
        site: site.name, number: insertionNumber,
        prefix: network.unusedPrefix("\(site.name)\(suffix)"),
        part: kernels.count > 1 ? "\(number + 1)." : "")
      value = append(kernel, layers, to: value, &insertion)
    }
    return try insertion.finished(behind: site.value, replacedBy: value)
  }

  private func append(
    _ kernel: [Int], _ layers: GraphInsertion.Layers, to value: String,
    _ insertion: inout GraphInsertion
  ) -> String {
    switch site.insertion {
    case .linear:
      return appendIdentity(kernel, layers, to: value, &insertion)
    case .idempotent(let function):
      let linear = appendIdentity(kernel, layers, to: value, &insertion)
      return insertion.append(
        .activation(Activation(function)), named: "\(layers.prefix).act", to: linear, of: layers)
    case .paired(let activation):
      return appendPair(activation, kernel, layers, to: value, &insertion)
    }
  }

  private func appendIdentity(
    _ kernel: [Int], _ layers: GraphInsertion.Layers, to value: String,
    _ insertion: inout GraphInsertion
  ) -> String {
    let name = layers.prefix
    let linear = appendLinear(
      kernel, named: "\(name).\(site.layer == .convolution ? "conv" : "fc")", to: value,
      weight: shape(site.channels, site.channels, kernel), filling: .identity(groups: 1),
      hasBias: statistics == nil, layers, &insertion)
    guard let statistics else { return linear }
    let scale = statistics.variance.map { ($0 + Self.epsilon).squareRoot() }
    let fillings: [(String, [Double])] = [
      ("weight", scale), ("bias", statistics.mean), ("running_mean", statistics.mean),
      ("running_var", statistics.variance),
    ]
    return insertion.append(
      .batchNormalization(BatchNormalization(epsilon: Self.epsilon)), named: "\(name).bn",
      to: linear,
      parameters: fillings.map {
        Parameter(
          name: "\(name).bn.\($0.0)", elementType: site.elementType, shape: [site.channels],
          filling: .values($0.1))
      }, of: layers)
  }

  /// φ([I; −I] v), then [I, −I] / c.
  private func appendPair(
    _ activation: PairedActivation, _ kernel: [Int], _ layers: GraphInsertion.Layers,
    to value: String, _ insertion: inout GraphInsertion
  ) -> String {
    let name = layers.prefix
    let doubled = appendLinear(
      kernel, named: "\(name).split", to: value,
      weight: shape(2 * site.channels, site.channels, kernel),
      filling: .signedIdentity(scale: 1), hasBias: true, layers, &insertion)
    let active: String
    switch activation {
    case .function(let function):
      active = insertion.append(
        .activation(Activation(function)), named: "\(name).act", to: doubled, of: layers)
    case .silu:
      let gate = insertion.append(
        .activation(Activation(.sigmoid)), named: "\(name).gate", to: doubled, of: layers)
      active = insertion.append(
        .elementwise(Elementwise(.multiply)), named: "\(name).act", to: doubled,
        otherInputs: [gate], of: layers)
    }
    let point = kernel.map { _ in 1 }
    return appendLinear(
      point, named: "\(name).merge", to: active,
      weight: shape(site.channels, 2 * site.channels, point),
      filling: .signedIdentity(scale: 1 / activation.constant), hasBias: true, layers, &insertion)
  }

  private func shape(_ outputs: Int, _ inputs: Int, _ kernel: [Int]) -> Shape {
    Shape(site.layer == .tokenwise ? [inputs, outputs] : [outputs, inputs] + kernel)
  }

  private func appendLinear(
    _ kernel: [Int], named name: String, to value: String, weight: Shape, filling: Filling,
    hasBias: Bool, _ layers: GraphInsertion.Layers, _ insertion: inout GraphInsertion
  ) -> String {
    let weightParameter = Parameter(
      name: "\(name).weight", elementType: site.elementType, shape: weight, filling: filling)
    let bias = Parameter(
      name: "\(name).bias", elementType: site.elementType,
      shape: [site.layer == .tokenwise ? weight[1] : weight[0]], filling: .constant(0))
    let biases = hasBias ? [bias] : []
    switch site.layer {
    case .dense:
      return insertion.append(
        .dense(Dense()), named: name, to: value, parameters: [weightParameter] + biases,
        of: layers)
    case .tokenwise:
      let product = insertion.append(
        .matrixProduct(MatrixProduct()), named: name, to: value, parameters: [weightParameter],
        of: layers)
      guard hasBias else { return product }
      return insertion.append(
        .elementwise(Elementwise(.add)), named: "\(name).add", to: product, parameters: biases,
        of: layers)
    case .convolution:
      let ones = kernel.map { _ in 1 }
      let pads = kernel.map { $0 / 2 }
      let operation = Convolution(
        strides: ones, padding: .explicit(pads + pads), dilations: ones)
      return insertion.append(
        .convolution(operation), named: name, to: value, parameters: [weightParameter] + biases,
        of: layers)
    }
  }
}

extension Network {
  /// A prefix that no name begins with, made from `base`.
  func unusedPrefix(_ base: String) -> String {
    var names = Set(parameters.keys)
    for node in graph.nodes {
      names.insert(node.name)
      names.formUnion(node.outputs)
    }
    func isFree(_ prefix: String) -> Bool { !names.contains { $0.hasPrefix("\(prefix).") } }
    guard !isFree(base) else { return base }
    var number = 2
    while !isFree("\(base)#\(number)") { number += 1 }
    return "\(base)#\(number)"
  }
}
