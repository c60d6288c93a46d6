internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import Net2NetTorch

/// The processes of a run, one for each rank, as one of them sees them; a process by itself is the
/// only rank. Every rank makes the same calls in the same order.
///
/// What is decided by chance, by clocks, by files or by numbers that might be rounded otherwise
/// elsewhere is rank 0's to decide, and all others hear of it.
public final class Ranks {
  public let rank: Int
  public let size: Int
  /// Among the ranks of its machine.
  let localRank: Int
  /// For what computing waits for: statistics of batches, losses, decisions.
  let group: ProcessGroup?
  /// For gradients, which travel while computing goes on.
  let gradientGroup: ProcessGroup?

  private init(_ group: ProcessGroup?, gradientGroup: ProcessGroup?, localRank: Int = 0) {
    rank = group?.rank ?? 0
    size = group?.size ?? 1
    self.localRank = localRank
    self.group = group
    self.gradientGroup = gradientGroup
  }

  /// A process by itself.
  public static var alone: Ranks { Ranks(nil, gradientGroup: nil) }

  /// Meets the other ranks.
  ///
  /// - Parameters:
  ///   - interface: the network interface to use; the one that leads to rank 0 when nil.
  ///   - timeOut: how long a rank waits for the others, at any time; in all, until they have met.
  /// - Throws: `EngineError`, where they do not meet or disagree about how many they are.
  public convenience init(
    _ placement: Placement, interface: String? = nil, timeOut: Duration = .seconds(300)
  ) throws {
    guard placement.size > 1 else {
      self.init(nil, gradientGroup: nil)
      return
    }
    let began = ContinuousClock.now
    let store = try Store(
      host: placement.host, port: placement.port, serves: placement.servesStore,
      listensEverywhere: placement.listensEverywhere,
      prefix: "net2net/\(placement.restarts)", timeOut: timeOut)
    try self.init(
      meetingAt: store, rank: placement.rank, size: placement.size,
      localRank: placement.localRank, interface: interface, timeOut: timeOut, began: began)
  }

  convenience init(
    meetingAt store: Store, rank: Int, size: Int, localRank: Int? = nil,
    interface: String? = nil, timeOut: Duration, began: ContinuousClock.Instant = .now
  ) throws(EngineError) {
    var rest: Duration { timeOut - (ContinuousClock.now - began) }
    func group(_ name: String) throws(EngineError) -> ProcessGroup {
      try ProcessGroup(
        name, meetingAt: store, rank: rank, size: size, interface: interface,
        meetingWithin: rest, timeOut: timeOut)
    }
    try store.compareSizes(rank: rank, size: size, timeOut: rest)
    self.init(
      try group("ranks"), gradientGroup: try group("gradients"), localRank: localRank ?? rank)
  }

  public var isFirst: Bool { rank == 0 }

  /// What ranks have told each other so far: how often, and how many bytes this one gave.
  public var traffic: (calls: Int, bytes: Int) {
    [group, gradientGroup].compactMap { $0?.traffic }
      .reduce((0, 0)) { ($0.0 + $1.calls, $0.1 + $1.bytes) }
  }

  var shard: Shard { get throws(TrainingError) { try Shard(rank, of: size) } }

  /// Sums over all ranks, equal to the bit on all of them.
  func sums(_ numbers: [Double], _ operation: String) throws(EngineError) -> [Double] {
    let rows = try gathered(numbers, operation)
    return numbers.indices.map { index in rows.reduce(0) { $0 + $1[index] } }
  }

  /// The numbers of all ranks, in their order.
  func gathered(_ numbers: [Double], _ operation: String) throws(EngineError) -> [[Double]] {
    try group?.gather(numbers, operation) ?? [numbers]
  }

  // MARK: Failures

  /// Runs `body`; where it fails because a rank is lost, says which.
  func naming<R>(
    _ operation: @autoclosure () -> String, _ body: () throws -> R
  ) throws -> R {
    do { return try body() } catch let error as EngineError {
      guard let group = [group, gradientGroup].compactMap(\.self).first(where: \.hasFailed) else {
        throw error
      }
      throw group.lost(operation(), error)
    }
  }

  // MARK: What rank 0 decides

  /// What `body` makes on rank 0, on all ranks. Where it fails, the others throw
  /// ``TrainingError/endedByRankZero(_:)`` with its sentence.
  public func fromRankZero<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    guard let group else { return try body() }
    guard isFirst else {
      let message = try JSONDecoder.exact.decode(Message<Value>.self, from: receive(group))
      guard let value = message.values.first else {
        throw TrainingError.endedByRankZero(message.failure ?? "")
      }
      return value
    }
    let value: Value
    do { value = try body() } catch {
      // The others may be gone already, which is not what went wrong here.
      try? send(Message<Value>(values: [], failure: "\(error)"), group)
      throw error
    }
    try send(Message(values: [value]), group)
    return value
  }

  /// What rank 0 makes, made again on the others from a part of it.
  func madeByRankZero<Whole, Part: Codable>(
    _ make: () throws -> Whole, telling part: (Whole) throws -> Part,
    again: (Part) throws -> Whole
  ) throws -> Whole {
    var made: Whole?
    let told = try fromRankZero { () -> Part in
      let whole = try make()
      made = whole
      return try part(whole)
    }
    return try made ?? again(told)
  }

  private struct Message<Value: Codable>: Codable {
    /// One, or none after a failure.
    var values: [Value]
    var failure: String?
  }

  private func send(_ message: some Codable, _ group: ProcessGroup) throws {
    try send(bytes: Data(json(message, isOneLine: true).utf8), group)
  }

  /// Bytes of rank 0, on all ranks.
  func bytesFromRankZero(_ bytes: () throws -> Data) throws -> Data {
    guard let group else { return try bytes() }
    guard isFirst else { return try receive(group) }
    let own = try bytes()
    try send(bytes: own, group)
    return own
  }

  private static let piece = 1 << 26

  private func send(bytes data: Data, _ group: ProcessGroup) throws(EngineError) {
    let operation = "hearing rank 0"
    try group.broadcast(TorchTensor(Tensor([Int64(data.count)], shape: [1])), operation)
    for start in stride(from: 0, to: data.count, by: Self.piece) {
      let piece = data.dropFirst(start).prefix(Self.piece)
      try group.broadcast(TorchTensor(Tensor(bytes: piece)), operation)
    }
  }

  private func receive(_ group: ProcessGroup) throws(EngineError) -> Data {
    let operation = "hearing rank 0"
    let count = try TorchTensor(Tensor([Int64(0)], shape: [1]))
    try group.broadcast(count, operation)
    let total = Int(try count.scalar())
    var data = Data(capacity: total)
    while data.count < total {
      let size = min(Self.piece, total - data.count)
      let piece = try TorchTensor(
        Tensor(elementType: .uint8, shape: [size], repeating: 0))
      try group.broadcast(piece, operation)
      try piece.tensor().withUnsafeBytes { data.append(contentsOf: $0) }
    }
    return data
  }
}

extension Tensor {
  fileprivate init(bytes: Data) {
    let storage = TensorBytes(byteCount: bytes.count) { _ = bytes.copyBytes(to: $0) }
    self.init(elementType: .uint8, shape: [bytes.count], storage: storage)
  }
}
