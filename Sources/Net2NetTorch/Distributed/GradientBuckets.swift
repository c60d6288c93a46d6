import Net2Net

/// Averages gradients over all ranks.
///
/// One reduction for each parameter costs a latency each, so gradients travel side by side in
/// flat buckets: the first of 1 MiB, so that something is under way soon, the others of up to
/// 25 MiB (Li et al., *PyTorch Distributed*, arXiv 2006.15704, §3.2). Buckets hold parameters from
/// the last to the first, as back-propagation finishes them, and are launched strictly in order,
/// which all ranks must share. All are waited for before any gradient changes, and division
/// comes after the wait.
package struct GradientBuckets {
  private struct Bucket {
    let flat: TorchTensor
    /// Each parameter, and its part of `flat` in its shape.
    let members: [(parameter: TorchTensor, part: TorchTensor)]
  }

  private let buckets: [Bucket]
  private let group: ProcessGroup

  /// - Parameter parameters: in the network's order, those that a loss reaches; make anew when
  ///   the network has grown.
  package init(
    _ parameters: [TorchTensor], _ group: ProcessGroup, firstCap: Int = 1 << 20,
    cap: Int = 25 << 20
  ) throws(EngineError) {
    self.group = group
    var buckets: [Bucket] = []
    for members in Self.partition(parameters, firstCap: firstCap, cap: cap) {
      buckets.append(try Self.bucket(members))
    }
    self.buckets = buckets
  }

  package var count: Int { buckets.count }

  /// From last to first; a new bucket where the type changes or the cap would be passed.
  private static func partition(
    _ parameters: [TorchTensor], firstCap: Int, cap: Int
  ) -> [[TorchTensor]] {
    var partition: [[TorchTensor]] = []
    var bytes = 0
    for parameter in parameters.reversed() {
      let size = parameter.shape.elementCount * (parameter.elementType?.byteCount ?? 8)
      let limit = partition.count <= 1 ? firstCap : cap
      if let last = partition.last?.last, last.elementType == parameter.elementType,
        bytes + size <= limit
      {
        partition[partition.count - 1].append(parameter)
        bytes += size
      } else {
        partition.append([parameter])
        bytes = size
      }
    }
    return partition
  }

  private static func bucket(_ parameters: [TorchTensor]) throws(EngineError) -> Bucket {
    let count = parameters.reduce(0) { $0 + $1.shape.elementCount }
    let flat = try zeros(.tensor(parameters[0]), .ints([count]))
    var members: [(TorchTensor, TorchTensor)] = []
    var start = 0
    for parameter in parameters {
      let end = start + parameter.shape.elementCount
      let piece = try ATen.slice(.tensor(flat), .int(0), .int(start), .int(end))
      members.append((parameter, try view(.tensor(piece), .ints(parameter.shape.sizes))))
      start = end
    }
    return Bucket(flat: flat, members: members)
  }

  /// Replaces every gradient by its mean over the ranks. A parameter without one counts as zero
  /// and gets none.
  package func average() throws(EngineError) {
    try withoutGradients { () throws(EngineError) in
      var started: [Collective] = []
      for bucket in buckets {
        for (parameter, part) in bucket.members {
          if let gradient = try parameter.gradient {
            try part.copy(from: gradient)
          } else {
            try Self.zeroInPlace.results([.tensor(part)])
          }
        }
        started.append(try group.startReducing(bucket.flat))
      }
      for collective in started { try collective.wait("averaging gradients") }
      for bucket in buckets { try distribute(bucket) }
    }
  }

  private func distribute(_ bucket: Bucket) throws(EngineError) {
    try Self.divideInPlace.results([.tensor(bucket.flat), Argument.scalar(Double(group.size))])
    for (parameter, part) in bucket.members {
      try parameter.gradient?.copy(from: part)
    }
  }

  private static let zeros = TorchOperator("aten::new_zeros")
  private static let view = TorchOperator("aten::view")
  private static let zeroInPlace = TorchOperator("aten::zero_")
  private static let divideInPlace = TorchOperator("aten::div_.Scalar")
}
