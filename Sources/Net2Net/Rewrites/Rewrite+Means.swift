extension Rewrite {
  /// The old values with every mean that entries ask for behind them, once, and the rewrite that
  /// takes it from there: many new units may hold the same mean.
  func appendingMeans(to old: Tensor) -> (Rewrite, Tensor) {
    var rewrite = self
    var tensor = old.converted(to: .float64)
    for index in axes.indices where axes[index].hasMeans {
      let size = tensor.shape[axes[index].axis]
      var groups: [[Int]: Int] = [:]
      var lists: [[Int]] = []
      for entry in axes[index].entries.indices {
        let averaged = axes[index].entries[entry].averaged
        guard !averaged.isEmpty else { continue }
        if groups[averaged] == nil {
          groups[averaged] = lists.count
          lists.append(averaged)
        }
        rewrite.axes[index].entries[entry].source = size + groups[averaged, default: 0]
        rewrite.axes[index].entries[entry].averaged = []
      }
      tensor = tensor.appendingMeans(of: lists, along: axes[index].axis)
    }
    return (rewrite, tensor)
  }
}

extension Rewrite.Axis {
  var hasMeans: Bool { entries.contains { !$0.averaged.isEmpty } }
}

extension Tensor {
  /// Of double values: one slice along `axis` for each list of indices, their mean, at the end.
  fileprivate func appendingMeans(of lists: [[Int]], along axis: Int) -> Tensor {
    let oldSize = shape[axis]
    let inner = shape.sizes.dropFirst(axis + 1).reduce(1, *)
    let outer = shape.sizes.prefix(axis).reduce(1, *)
    var extended = shape
    extended[axis] += lists.count
    let storage = TensorBytes(byteCount: extended.elementCount * 8) { bytes in
      let new = bytes.bindMemory(to: Double.self)
      withUnsafeBytes { oldBytes in
        let old = oldBytes.bindMemory(to: Double.self)
        for block in 0..<outer {
          let from = block * oldSize * inner
          let to = block * extended[axis] * inner
          for k in 0..<oldSize * inner { new.initializeElement(at: to + k, to: old[from + k]) }
          for (number, list) in lists.enumerated() {
            let slice = to + (oldSize + number) * inner
            for k in 0..<inner {
              let sum = list.reduce(0) { $0 + old[from + $1 * inner + k] }
              new.initializeElement(at: slice + k, to: sum / Double(list.count))
            }
          }
        }
      }
    }
    return Tensor(elementType: .float64, shape: extended, storage: storage)
  }
}
