import CTorch
import Foundation
import Net2Net

/// Where the processes of a run find each other: a small dictionary served by one of them, or by
/// a launcher.
package final class Store {
  let handle: OpaquePointer
  let host: String

  /// Returns once the server answers.
  ///
  /// - Parameters:
  ///   - serves: whether this process is the server; with port 0 on a port of its choice.
  ///   - listensEverywhere: a server listens at all addresses of the machine, not at `host` alone.
  ///   - prefix: keeps the keys of one run, and of each restart of it, apart.
  ///   - timeOut: how long to wait for the server, and how long it may take to answer.
  /// - Throws: `EngineError.unmet`.
  package init(
    host: String, port: Int, serves: Bool, listensEverywhere: Bool = false, prefix: String,
    timeOut: Duration = .seconds(300)
  ) throws(EngineError) {
    guard ct_distributed_is_available() else { throw .noDistributedBackEnd }
    // Writing to a rank that is gone is then an error of the write, and not this rank's end too.
    signal(SIGPIPE, SIG_IGN)
    var handle: OpaquePointer?
    do {
      let status = ct_store_open(
        host, UInt16(clamping: port), serves, listensEverywhere, prefix, timeOut.milliseconds,
        &handle)
      try check(status, operation: "opening the store")
    } catch {
      throw .unmet(address: "\(host):\(port)", message: error.firstLine)
    }
    guard let handle else { throw .noDistributedBackEnd }
    self.handle = handle
    self.host = host
  }

  deinit { ct_store_free(handle) }

  package var port: Int { withExtendedLifetime(self) { Int(ct_store_port(handle)) } }

  /// Returns once all ranks have come and were started as one of equally many.
  ///
  /// - Throws: `EngineError.ranksDisagree` or `EngineError.unmet`, naming the first rank that was
  ///   started otherwise, or has not come.
  package func compareSizes(
    rank: Int, size: Int, timeOut: Duration
  ) throws(EngineError) {
    let address = "\(host):\(port)"
    var found = ct_dissent()
    do {
      let status = withExtendedLifetime(self) {
        ct_store_compare_sizes(handle, Int64(rank), Int64(size), timeOut.milliseconds, &found)
      }
      try check(status, operation: "meeting the other ranks")
    } catch {
      throw .unmet(address: address, message: error.firstLine)
    }
    guard found.rank >= 0 else { return }
    guard found.size > 0 else {
      throw .unmet(
        address: address, message: "rank \(found.rank) of \(size) has not come in time")
    }
    throw .ranksDisagree(
      address: address, rank: rank, size: size, other: Int(found.rank),
      otherSize: Int(found.size))
  }
}

/// The processes of a run, one for each rank, as one of them sees them.
///
/// Every rank makes the same calls in the same order. Tensors are contiguous. When a call fails
/// the group is of no more use.
package final class ProcessGroup {
  package enum Reduction {
    case sum, minimum, maximum

    fileprivate var code: ct_reduction {
      switch self {
      case .sum: CT_SUM
      case .minimum: CT_MINIMUM
      case .maximum: CT_MAXIMUM
      }
    }
  }

  package let rank: Int
  package let size: Int
  let handle: OpaquePointer
  private let store: Store

  /// Returns once all ranks have come.
  ///
  /// - Parameters:
  ///   - name: tells groups of the same ranks apart. Each has connections of its own, so what one
  ///     does never waits for another.
  ///   - interface: the network interface to use; the one that leads to the store when nil.
  ///   - meetingWithin: how long to wait for all to come; `timeOut` when nil.
  ///   - timeOut: how long any call waits for the other ranks.
  /// - Throws: `EngineError.unmet`.
  package init(
    _ name: String = "ranks", meetingAt store: Store, rank: Int, size: Int,
    interface: String? = nil, meetingWithin: Duration? = nil,
    timeOut: Duration = .seconds(300)
  ) throws(EngineError) {
    var handle: OpaquePointer?
    do {
      let status = withExtendedLifetime(store) {
        ct_group_open(
          store.handle, name, store.host, interface, Int64(rank), Int64(size),
          (meetingWithin ?? timeOut).milliseconds, timeOut.milliseconds, &handle)
      }
      try check(status, operation: "meeting the other ranks")
    } catch {
      throw .unmet(address: "\(store.host):\(store.port)", message: error.firstLine)
    }
    guard let handle else { throw .noDistributedBackEnd }
    self.handle = handle
    self.store = store
    self.rank = rank
    self.size = size
  }

  deinit { ct_group_free(handle) }

  /// Whether a call has failed, also one inside of an operator.
  package var hasFailed: Bool { withExtendedLifetime(self) { ct_group_has_failed(handle) } }

  /// Collectives so far, and the bytes that this rank gave to them.
  package var traffic: (calls: Int, bytes: Int) {
    var (calls, bytes): (Int64, Int64) = (0, 0)
    withExtendedLifetime(self) { ct_group_traffic(handle, &calls, &bytes) }
    return (Int(calls), Int(bytes))
  }

  /// Starts to reduce `tensor` over all ranks, in place.
  package func startReducing(
    _ tensor: TorchTensor, by reduction: Reduction = .sum
  ) throws(EngineError) -> Collective {
    var work: OpaquePointer?
    let status = withExtendedLifetime((self, tensor)) {
      ct_group_reduce(handle, tensor.handle, reduction.code, &work)
    }
    return try collective(work, tensor, status)
  }

  package func reduce(
    _ tensor: TorchTensor, by reduction: Reduction = .sum, _ operation: String
  ) throws(EngineError) {
    try startReducing(tensor, by: reduction).wait(operation)
  }

  /// Overwrites `tensor` by that of rank `root`.
  package func broadcast(
    _ tensor: TorchTensor, from root: Int = 0, _ operation: String
  ) throws(EngineError) {
    var work: OpaquePointer?
    let status = withExtendedLifetime((self, tensor)) {
      ct_group_broadcast(handle, tensor.handle, Int64(root), &work)
    }
    try collective(work, tensor, status).wait(operation)
  }

  /// The numbers of all ranks, of which each gives the same count: (rank, number).
  package func gather(
    _ numbers: [Double], _ operation: String
  ) throws(EngineError) -> [[Double]] {
    let own = try TorchTensor(Tensor(numbers, shape: [numbers.count]))
    var result: OpaquePointer?
    let status = withExtendedLifetime((self, own)) {
      ct_group_gather(handle, own.handle, &result)
    }
    do { try check(status, operation: operation) } catch { throw lost(operation, error) }
    guard let result else { throw .noDistributedBackEnd }
    let gathered = try TorchTensor(owning: result).tensor().doubles()
    return (0..<size).map { rank in
      Array(gathered[rank * numbers.count..<(rank + 1) * numbers.count])
    }
  }

  private func collective(
    _ work: OpaquePointer?, _ tensor: TorchTensor, _ status: ct_status
  ) throws(EngineError) -> Collective {
    do { try check(status, operation: "") } catch { throw lost("a collective", error) }
    guard let work else { throw .noDistributedBackEnd }
    return Collective(work, tensor, self)
  }

  /// `failure`, with the ranks that no longer answer.
  package func lost(_ operation: String, _ failure: EngineError) -> EngineError {
    if case .ranksLost = failure { return failure }
    let missing = withUnsafeTemporaryAllocation(of: Bool.self, capacity: size) { missing in
      missing.initialize(repeating: false)
      _ = withExtendedLifetime(self) {
        ct_group_find_missing(handle, Self.patience.milliseconds, missing.baseAddress)
      }
      return missing.indices.filter { missing[$0] }
    }
    return .ranksLost(
      operation: operation, missing: missing, ranks: size, message: failure.firstLine)
  }

  /// How long ranks get to tell that they are still there: they notice a loss within a second.
  private static let patience = Duration.seconds(2)
}

/// Work of all ranks that is under way.
package final class Collective {
  private let handle: OpaquePointer
  private let tensor: TorchTensor
  private let group: ProcessGroup

  fileprivate init(_ handle: OpaquePointer, _ tensor: TorchTensor, _ group: ProcessGroup) {
    self.handle = handle
    self.tensor = tensor
    self.group = group
  }

  deinit { ct_work_free(handle) }

  /// - Parameter operation: what the ranks are at, for the sentence when it fails.
  /// - Throws: `EngineError.ranksLost`.
  package func wait(_ operation: String) throws(EngineError) {
    let status = withExtendedLifetime(self) { ct_work_wait(group.handle, handle) }
    do { try check(status, operation: operation) } catch { throw group.lost(operation, error) }
  }
}

extension Duration {
  /// At least one, and no more than fits what c10d and gloo count in: 24 days.
  fileprivate var milliseconds: Int64 {
    Int64(min(max(self / .milliseconds(1), 1), Double(Int32.max)))
  }
}

extension EngineError {
  /// What c10d and gloo say, without the place in their sources, advice and stack trace.
  fileprivate var firstLine: String {
    let message = if case .failed(_, _, let message) = self { message } else { description }
    let line = message.prefix { $0 != "\n" }
    let text = line.hasPrefix("[/") ? line.drop { $0 != "]" }.dropFirst(2) : line
    return text.firstRange(of: ". ").map { String(text[..<$0.lowerBound]) } ?? String(text)
  }
}
