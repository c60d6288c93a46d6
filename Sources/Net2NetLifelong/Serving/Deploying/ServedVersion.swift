internal import HTTPTypes
internal import Net2Net
internal import Net2NetTorch

/// A version that is compiled and warm. A request holds on to the one that it began with; when
/// the deployment and the last request have let go, its thread ends and its memory is free.
final class ServedVersion: Sendable {
  let number: Int
  let signature: Signature
  private let queue: BatchQueue

  /// Compiles `network`, and runs it once alone and once in a full batch, so that no client waits
  /// for what a first run prepares.
  ///
  /// - Throws: `EngineError`.
  init(
    _ number: Int, _ network: Network, settings: ServerSettings, device: Device = .cpu,
    observing observe: @escaping @Sendable (_ rows: Int) -> Void = { _ in }
  ) async throws {
    self.number = number
    signature = Signature(network.graph)
    queue = BatchQueue(settings.batching, capacity: settings.limits.queue)
    try await EngineThread.start(
      network, on: device, taking: queue, runBytes: settings.limits.runBytes,
      batch: settings.batching.rows, observing: observe)
    do { try await warmUp(rows: settings.batching.rows) } catch {
      queue.close()
      throw error
    }
  }

  deinit { queue.close() }

  var waiting: Int { queue.count }

  /// The outputs by name.
  ///
  /// - Parameter inputs: of the declared types and shapes.
  /// - Throws: a failure of the client's for sizes that the network does not take or that take too
  ///   much memory.
  func run(_ inputs: [String: Tensor]) async throws -> [String: Tensor] {
    do {
      return try await queued(inputs)
    } catch let error as EngineError where error.concernsInputs {
      throw HTTPFailure(refusal: error)
    }
  }

  private func queued(_ inputs: [String: Tensor]) async throws -> [String: Tensor] {
    let rows = signature.countsExamples ? inputs.values.first?.shape[0] : nil
    return try await withCheckedThrowingContinuation { continuation in
      do throws(HTTPFailure) {
        try queue.add(
          BatchQueue.Job(inputs: inputs, rows: rows, arrival: .now) {
            continuation.resume(with: $0)
          })
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Sizes that the network leaves open need not stand for ones as small as are tried here: what it
  /// says of them is no reason not to serve it.
  private func warmUp(rows: Int) async throws {
    let isOpen = signature.inputs.contains {
      $0.type.dimensions.dropFirst().contains { $0.size == nil }
    }
    for rows in Set([1, rows]) {
      do {
        _ = try await run(signature.inputs.zeros(rows: rows))
      } catch is HTTPFailure where isOpen {}
    }
  }
}
