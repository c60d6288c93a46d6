import Net2Net

/// How a batch is cut so that every thread takes parts of it all the way through a network: no
/// thread waits for another between layers, and what flows between them stays in a core's cache.
struct BatchParts {
  private let multiplyAdds: Int
  /// Nil where a network's samples cannot be told apart.
  private let independence: SampleIndependence?

  /// Of a core's second-level cache, about half.
  private static let cachedBytes = 1 << 19
  /// Below so many multiply-adds, waking a second thread costs more than it saves …
  private static let partWork = 1 << 22
  /// … and below so many, waking one for each of many layers does.
  private static let layersWork = 1 << 26

  init(_ network: Network, types: ValueTypes) {
    independence = SampleIndependence(network, types: types)
    multiplyAdds = network.graph.nodes.reduce(0) { $0.plus(network.multiplyAdds(of: $1, types)) }
  }

  /// Ranges of samples; one where cutting does not pay.
  func ranges(of batch: Int, threads: Int) -> [Range<Int>] {
    guard let independence, threads > 1, batch > 1, batch.times(multiplyAdds) >= Self.partWork
    else {
      return [0..<batch]
    }
    let cached = max(1, Self.cachedBytes / max(independence.largestValue, 1))
    var count = (batch + cached - 1) / cached
    count = min(batch, (count + threads - 1) / threads * threads)
    return (0..<count).map { batch * $0 / count..<batch * ($0 + 1) / count }
  }

  /// Whether one thread is best left to compute the whole batch.
  func suitOneThread(_ batch: Int) -> Bool { batch.times(multiplyAdds) < Self.layersWork }
}
