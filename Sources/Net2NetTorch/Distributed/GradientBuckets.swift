import Net2Net

/// Adds gradients up over all ranks while they are computed.
///
/// One reduction for each parameter costs a latency each, so gradients travel side by side in
/// flat buckets: the first of 1 MiB, so that something is under way soon, the others of up to
/// 25 MiB (Li et al., *PyTorch Distributed*, arXiv 2006.15704, §3.2). Buckets hold parameters from
/// the last to the first, as back-propagation finishes them; each is sent as soon as it is full,
/// while earlier layers are still at it, strictly in order, which all ranks must share. Each gradient is
/// copied into its bucket once, and then is its part of the bucket.
package final class GradientBuckets {
  private struct Member {
    let parameter: TorchTensor
    /// The parameter's part of the bucket, laid out in memory as the parameter is.
    let part: TorchTensor
    var isFilled = false
  }

  private struct Bucket {
    /// The members one after the other; behind those of the first bucket, what else is told.
    let flat: TorchTensor
    var members: [Member]
    var isFull: Bool { members.allSatisfy(\.isFilled) }
  }

  /// What back-propagation calls when it is done with a parameter.
  private final class Observer {
    unowned let buckets: GradientBuckets
    let bucket: Int
    let member: Int

    init(_ buckets: GradientBuckets, bucket: Int, member: Int) {
      self.buckets = buckets
      self.bucket = bucket
      self.member = member
    }
  }

  private let group: ProcessGroup
  private var buckets: [Bucket] = []
  private var observers: [Observer] = []
  /// Buckets that are on their way, from the first.
  private var started: [Collective] = []
  private var failure: EngineError?
  /// Behind the first bucket's members.
  private let told: TorchTensor

  /// That each rank gives to every step.
  package let byteCount: Int

  /// - Parameter parameters: in the network's order; make anew when the network has grown.
  package init(
    _ parameters: [TorchTensor], _ group: ProcessGroup, firstCap: Int = 1 << 20,
    cap: Int = 25 << 20
  ) throws(EngineError) {
    self.group = group
    byteCount = parameters.reduce(0) { $0 + $1.byteCount }
    var told: TorchTensor?
    for members in Self.partition(parameters, firstCap: firstCap, cap: cap) {
      let bucket = try Self.bucket(members, places: told == nil ? Self.toldCount : 0)
      if told == nil {
        let count = bucket.flat.shape.elementCount
        told = try Self.slice(
          .tensor(bucket.flat), .int(0), .int(count - Self.toldCount), .int(count))
      }
      buckets.append(bucket)
    }
    guard let told else {
      throw .failed(
        operation: "adding gradients up", node: nil, message: "the network has no parameters")
    }
    self.told = told
    for (index, bucket) in buckets.enumerated() {
      for (place, member) in bucket.members.enumerated() {
        try observe(member.parameter, bucket: index, member: place)
      }
    }
  }

  deinit {
    // The parameters may live longer.
    for member in buckets.flatMap(\.members) { try? member.parameter.observeGradient(nil, nil) }
  }

  package var count: Int { buckets.count }

  /// How many numbers travel with each step's gradients.
  package static let toldCount = 2

  /// From last to first; a new bucket where the type changes or the cap would be passed.
  private static func partition(
    _ parameters: [TorchTensor], firstCap: Int, cap: Int
  ) -> [[TorchTensor]] {
    var partition: [[TorchTensor]] = []
    var bytes = 0
    for parameter in parameters.reversed() {
      let size = parameter.byteCount
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

  private static func bucket(
    _ parameters: [TorchTensor], places: Int
  ) throws(EngineError) -> Bucket {
    let count = parameters.reduce(0) { $0 + $1.shape.elementCount }
    let flat = try zeros(.tensor(parameters[0]), .ints([count + places]))
    var members: [Member] = []
    var start = 0
    for parameter in parameters {
      let part = try strided(
        .tensor(flat), .ints(parameter.shape.sizes), .ints(parameter.strides), .int(start))
      members.append(Member(parameter: parameter, part: part))
      start += parameter.shape.elementCount
    }
    return Bucket(flat: flat, members: members)
  }

  private func observe(
    _ parameter: TorchTensor, bucket: Int, member: Int
  ) throws(EngineError) {
    let observer = Observer(self, bucket: bucket, member: member)
    observers.append(observer)
    try parameter.observeGradient(
      { context in
        guard let context else { return }
        let observer = Unmanaged<Observer>.fromOpaque(context).takeUnretainedValue()
        observer.buckets.take(bucket: observer.bucket, member: observer.member)
      }, Unmanaged.passUnretained(observer).toOpaque())
  }

  /// Back-propagates from `loss`, this rank's share of all ranks' loss, and returns when each
  /// parameter's gradient is the sum over all ranks. A parameter that the loss does not reach gets
  /// none, on all ranks.
  ///
  /// - Parameter numbers: ``toldCount`` numbers that travel along.
  /// - Returns: their sums, in the precision of the parameters.
  @discardableResult
  package func backward(
    from loss: TorchTensor, telling numbers: [Double] = [0, 0]
  ) throws(EngineError) -> [Double] {
    precondition(numbers.count == Self.toldCount)
    failure = nil
    defer { started = [] }
    try told.copy(from: TorchTensor(Tensor(numbers, shape: [numbers.count])))
    try loss.backward()
    if let failure { throw failure }
    return try withoutGradients { () throws(EngineError) in
      for bucket in buckets[started.count...] {
        for member in bucket.members where !member.isFilled {
          try Self.zeroInPlace.results([.tensor(member.part)])
        }
        started.append(try group.startReducing(bucket.flat))
      }
      for collective in started { try collective.wait("adding gradients up") }
      try handOut()
      return try told.tensor().doubles()
    }
  }

  /// Called in the midst of back-propagation, which a failure cannot be thrown through.
  private func take(bucket: Int, member: Int) {
    guard failure == nil else { return }
    do throws(EngineError) {
      guard let gradient = try buckets[bucket].members[member].parameter.gradient else { return }
      try buckets[bucket].members[member].part.copy(from: gradient)
      buckets[bucket].members[member].isFilled = true
      while started.count < buckets.count, buckets[started.count].isFull {
        started.append(try group.startReducing(buckets[started.count].flat))
      }
    } catch { failure = error }
  }

  private func handOut() throws(EngineError) {
    for bucket in buckets.indices {
      for member in buckets[bucket].members.indices where buckets[bucket].members[member].isFilled {
        let filled = buckets[bucket].members[member]
        try filled.parameter.setGradient(filled.part)
        buckets[bucket].members[member].isFilled = false
      }
    }
  }

  private static let zeros = TorchOperator("aten::new_zeros")
  private static let slice = TorchOperator("aten::slice.Tensor")
  private static let strided = TorchOperator("aten::as_strided")
  private static let zeroInPlace = TorchOperator("aten::zero_")
}

extension TorchTensor {
  fileprivate var byteCount: Int { shape.elementCount * (elementType?.byteCount ?? 8) }
}
