internal import HTTPTypes
internal import Foundation
internal import Net2Net
internal import Synchronization

/// The requests that wait for one network, and which of them run together.
///
/// A batch is taken as soon as `rows` examples wait or the first has waited long enough: requests
/// whose tensors have the same sizes but for the first axis, in the order of their arrival. While
/// a batch runs, the next one gathers, so that under load nobody waits for the delay.
///
/// `@unchecked Sendable`: everything that changes is guarded by `condition`, which, unlike a
/// `Mutex`, a thread can wait on.
final class BatchQueue: @unchecked Sendable {
  /// One request, waiting.
  struct Job: Sendable {
    var inputs: [String: Tensor]
    /// Examples; nil where the network's inputs do not count any.
    var rows: Int?
    var arrival: ContinuousClock.Instant
    var answer: @Sendable (Result<[String: Tensor], any Error>) -> Void

    /// Whether both can be parts of one tensor.
    func suits(_ other: Job) -> Bool {
      guard rows != nil, other.rows != nil else { return false }
      return inputs.allSatisfy { name, tensor in
        other.inputs[name].map { $0.shape.sizes.dropFirst() == tensor.shape.sizes.dropFirst() }
          ?? false
      }
    }
  }

  private let condition = NSCondition()
  private let batching: ServerSettings.Batching
  private let capacity: Int
  private var jobs: [Job] = []
  private var isClosed = false

  init(_ batching: ServerSettings.Batching, capacity: Int) {
    self.batching = batching
    self.capacity = capacity
  }

  var count: Int { condition.withLock { jobs.count } }

  /// - Throws: a failure with status 429 where too many wait.
  func add(_ job: Job) throws(HTTPFailure) {
    let isTaken = condition.withLock {
      guard jobs.count < capacity, !isClosed else { return false }
      jobs.append(job)
      condition.signal()
      return true
    }
    guard isTaken else {
      throw HTTPFailure(
        .tooManyRequests, "\(capacity) requests wait already; try again in a second",
        retryAfter: 1)
    }
  }

  /// No more jobs are taken; those that wait are still handed out.
  func close() {
    condition.withLock {
      isClosed = true
      condition.signal()
    }
  }

  /// The next batch, nil once the queue is closed and empty. Blocks the calling thread.
  func next() -> [Job]? {
    condition.withLock {
      while jobs.isEmpty {
        if isClosed { return nil }
        condition.wait()
      }
      waitForMore()
      return takeBatch()
    }
  }

  private func waitForMore() {
    guard batching.milliseconds > 0, batching.rows > 1 else { return }
    let end = jobs[0].arrival.advanced(by: .seconds(batching.milliseconds / 1000))
    while !isClosed, jobs.reduce(0, { $0 + ($1.rows ?? batching.rows) }) < batching.rows {
      let remaining = ContinuousClock.now.duration(to: end) / .seconds(1)
      guard remaining > 0 else { return }
      _ = condition.wait(until: Date(timeIntervalSinceNow: remaining))
    }
  }

  private func takeBatch() -> [Job] {
    let first = jobs[0]
    var batch = [first]
    var rows = first.rows ?? batching.rows
    var kept: [Job] = []
    for job in jobs.dropFirst() {
      if rows + (job.rows ?? 0) <= batching.rows, first.suits(job) {
        rows += job.rows ?? 0
        batch.append(job)
      } else {
        kept.append(job)
      }
    }
    jobs = kept
    return batch
  }
}
