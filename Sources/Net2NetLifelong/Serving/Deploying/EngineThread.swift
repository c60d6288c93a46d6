internal import HTTPTypes
internal import Foundation
internal import Net2Net
internal import Net2NetTorch

/// A thread that owns one compiled network and runs what its queue hands out, until the queue is
/// closed; then the network is freed with it. A network is not for two threads at once, and a
/// run would block a thread that Swift's tasks share.
enum EngineThread {
  /// Starts the thread; returns once the network is compiled there, or throws why it cannot be.
  ///
  /// - Parameters:
  ///   - runBytes: what a run may take, or what a batch of `batch` samples takes where that is more.
  static func start(
    _ network: Network, on device: Device, taking queue: BatchQueue, runBytes: Int, batch: Int,
    observing observe: @escaping @Sendable (_ rows: Int) -> Void
  ) async throws {
    try await withCheckedThrowingContinuation { (ready: CheckedContinuation<Void, any Error>) in
      let thread = Thread(forTorchNamed: "network") {
        do {
          let compiled = try CompiledNetwork(network, device: device, purpose: .evaluation)
          compiled.runBudget = MemoryBudget(
            bytes: max(runBytes, compiled.evaluationBytes(batch: batch) ?? 0),
            reason: "a request may take")
          ready.resume()
          run(compiled, queue, observe)
        } catch {
          ready.resume(throwing: error)
        }
      }
      thread.start()
    }
  }

  private static func run(
    _ network: CompiledNetwork, _ queue: BatchQueue, _ observe: (Int) -> Void
  ) {
    while let jobs = queue.next() {
      observe(jobs.reduce(0) { $0 + ($1.rows ?? 1) })
      if jobs.count > 1, answer(jobs, by: network) { continue }
      // Alone, one request's failure is not that of its neighbours.
      for job in jobs { job.answer(Result { try network.run(job.inputs) }) }
    }
  }

  /// Runs the jobs as one; false, with nobody answered, where that fails.
  private static func answer(_ jobs: [BatchQueue.Job], by network: CompiledNetwork) -> Bool {
    var inputs: [String: Tensor] = [:]
    for name in jobs[0].inputs.keys {
      inputs[name] = Tensor(joining: jobs.compactMap { $0.inputs[name] })
    }
    guard let outputs = try? network.run(inputs) else { return false }
    var start = 0
    for job in jobs {
      let rows = job.rows ?? 1
      job.answer(.success(outputs.mapValues { $0.rows(start..<start + rows) }))
      start += rows
    }
    return true
  }
}

extension Tensor {
  /// Tensors one below the other along the first axis; they are alike in everything else.
  init(joining parts: [Tensor]) {
    var shape = parts[0].shape
    shape[0] = parts.reduce(0) { $0 + $1.shape[0] }
    let storage = TensorBytes(byteCount: parts.reduce(0) { $0 + $1.byteCount }) { target in
      var offset = 0
      for part in parts {
        part.withUnsafeBytes { bytes in
          target[offset..<offset + bytes.count].copyBytes(from: bytes)
          offset += bytes.count
        }
      }
    }
    self.init(elementType: parts[0].elementType, shape: shape, storage: storage)
  }

  /// Some of the first axis' rows, without a copy.
  func rows(_ range: Range<Int>) -> Tensor {
    var shape = shape
    shape[0] = range.count
    let row = byteCount / max(self.shape[0], 1)
    return Tensor(
      elementType: elementType, shape: shape, storage: storage,
      byteOffset: byteOffset + range.lowerBound * row)
  }
}
