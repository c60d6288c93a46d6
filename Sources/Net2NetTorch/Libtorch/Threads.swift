import CTorch

private final class Job {
  let body: (Int) -> Void
  init(_ body: @escaping (Int) -> Void) { self.body = body }
}

/// What `body` makes of each index below `count`, on libtorch's threads at once, each of which
/// computes alone meanwhile: nowhere within does a thread wait for another. Modes such as inference
/// mode are those of each thread, not of the caller.
func mapAlone<R>(
  _ count: Int, _ body: (Int) throws(EngineError) -> R
) throws(EngineError) -> [R] {
  let outcomes = UnsafeMutableBufferPointer<Result<R, EngineError>?>.allocate(capacity: count)
  outcomes.initialize(repeating: nil)
  defer {
    outcomes.deinitialize()
    outcomes.deallocate()
  }
  // Each index has a place of its own, and all are filled before the call returns.
  let status = withoutActuallyEscaping(body) { body in
    let job = Job { index in
      outcomes[index] = Result { () throws(EngineError) in try body(index) }
    }
    return withExtendedLifetime(job) {
      ct_for_each_alone(
        Int64(count),
        { context, index in
          guard let context else { return }
          Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().body(Int(index))
        }, Unmanaged.passUnretained(job).toOpaque())
    }
  }
  try check(status, operation: "working on several threads")
  var results: [R] = []
  for case .some(let outcome) in outcomes { results.append(try outcome.get()) }
  return results
}

/// Runs operators on the calling thread alone, in its modes: many small ones for each of which libtorch
/// would wake the others.
package func onOneThread<R>(
  _ body: () throws(EngineError) -> R
) throws(EngineError) -> R {
  try mapAlone(1) { (_) throws(EngineError) in try body() }[0]
}
