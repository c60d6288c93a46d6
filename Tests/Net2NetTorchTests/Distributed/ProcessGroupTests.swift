import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTorch

@Suite(.requiresTorch, .serialized)
struct ProcessGroupTests {
  @Test(arguments: [
    (ProcessGroup.Reduction.sum, [3.0, 30]), (.minimum, [1, 10]), (.maximum, [2, 20]),
  ])
  func ranksReduceToOneResult(_ reduction: ProcessGroup.Reduction, _ expected: [Double])
    async throws
  {
    let results = try await onRanks { group in
      let scale = Double(group.rank + 1)
      let tensor = try TorchTensor(Tensor([scale, 10 * scale], shape: [2]))
      try group.reduce(tensor, by: reduction, "a test")
      return try tensor.tensor().doubles()
    }
    #expect(results == [expected, expected])
  }

  @Test func rankZeroIsHeardByAll() async throws {
    let results = try await onRanks { group in
      let tensor = try TorchTensor(Tensor([Double(group.rank + 7)], shape: [1]))
      try group.broadcast(tensor, "a test")
      return try tensor.scalar()
    }
    #expect(results == [7, 7])
  }

  @Test func numbersAreGatheredInTheOrderOfRanks() async throws {
    let results = try await onRanks { try $0.gather([Double($0.rank), 5], "a test") }
    #expect(results == [[[0, 5], [1, 5]], [[0, 5], [1, 5]]])
  }

  private static let product = TorchOperator("aten::mul.Tensor")
  private static let sum = TorchOperator("aten::sum")

  /// The loss of rank r is Σ (1 + 2r) · a · b, so that the gradients of both ranks are 1 and 3 times
  /// the other's values. A third parameter is not reached. Caps of 8 bytes put each into a bucket of
  /// its own. Twice, as the second step must not see the first.
  @Test(arguments: [(8, 3), (1 << 20, 1)])
  func gradientsBecomeTheirSum(_ cap: Int, _ buckets: Int) async throws {
    let results = try await onRanks { group in
      let parameters = try [[5.0, 7], [10, 20], [0, 0]].map { values in
        let tensor = try TorchTensor(Tensor(values, shape: [1, 2]))
        try tensor.setRequiresGradient(true)
        return tensor
      }
      let gradients = try GradientBuckets(parameters, group, firstCap: cap, cap: cap)
      var steps: [[[Double]?]] = []
      for _ in 0..<2 {
        let scale = try TorchTensor(Tensor([Double(1 + 2 * group.rank)], shape: []))
        let scaled = try Self.product(.tensor(parameters[0]), .tensor(scale))
        let loss = try Self.sum(.tensor(Self.product(.tensor(scaled), .tensor(parameters[1]))))
        let told = try gradients.backward(from: loss, telling: [1.5, Double(group.rank)])
        #expect(told == [3, 1])
        steps.append(try parameters.map { try $0.gradient?.tensor().doubles() })
        for parameter in parameters { try parameter.setGradient(nil) }
      }
      return (gradients.count, gradients.byteCount, steps)
    }
    for (count, bytes, steps) in results {
      #expect(count == buckets)
      #expect(bytes == 3 * 2 * 8)
      #expect(steps == [[[40, 80], [20, 28], nil], [[40, 80], [20, 28], nil]])
    }
  }

  /// The columns of a filter that lies channels-last in memory are not mixed up.
  @Test func gradientsKeepTheirPlacesInChannelsLast() async throws {
    let results = try await onRanks { group in
      let values = (0..<8).map(Double.init)
      let filter = try TorchTensor(Tensor(values, shape: [1, 2, 2, 2])).copiedChannelsLast()
      try filter.setRequiresGradient(true)
      let gradients = try GradientBuckets([filter], group)
      let factors = try TorchTensor(Tensor(values, shape: [1, 2, 2, 2]))
      try gradients.backward(
        from: Self.sum(.tensor(Self.product(.tensor(filter), .tensor(factors)))))
      return (try filter.gradient?.tensor().doubles(), try filter.gradient?.strides, filter.strides)
    }
    for (gradient, strides, own) in results {
      #expect(gradient == [0, 2, 4, 6, 8, 10, 12, 14])
      #expect(strides == own && own == [8, 1, 4, 2])
    }
  }

  @Test func rankThatFallsSilentIsNamed() async throws {
    let sentences = try await onRanks(timeOut: .seconds(5)) { group -> String in
      if group.rank == 1 { return "" }
      do {
        try group.reduce(TorchTensor(Tensor([1.0], shape: [1])), "averaging gradients")
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(sentences[0].hasPrefix("averaging gradients: rank 1 of 2 is gone or hangs ("))
    #expect(sentences[0].hasSuffix("as torchrun --max-restarts does by itself"))
  }

  @Test func storeThatNobodyServesIsNamed() throws {
    // Port 1 is nobody's.
    let error = #expect(throws: EngineError.self) {
      _ = try Store(
        host: "127.0.0.1", port: 1, serves: false, prefix: "test", timeOut: .seconds(1))
    }
    #expect(error?.description.hasPrefix("127.0.0.1:1: the ranks did not meet there: ") == true)
  }

  // MARK: Meeting

  /// Takes connections, and says nothing.
  private func withSilentListener<R>(_ body: (_ port: Int) throws -> R) throws -> R {
    let listener = try #require(Listener(at: INADDR_LOOPBACK, port: 0))
    return try withExtendedLifetime(listener) { try body(listener.port) }
  }

  /// Without a limit of ours, this test would not end.
  @Test(.timeLimit(.minutes(2))) func silentListenerIsGivenUp() throws {
    try withSilentListener { port in
      let error = #expect(throws: EngineError.self) {
        _ = try Store(
          host: "127.0.0.1", port: port, serves: false, prefix: "test", timeOut: .seconds(1))
      }
      #expect(
        error?.description.hasPrefix("127.0.0.1:\(port): the ranks did not meet there: ") == true)
    }
  }

  private func sentences(_ sizes: [Int], timeOut: Duration) async throws -> [String] {
    let server = try Store(host: "127.0.0.1", port: 0, serves: true, prefix: "test")
    let port = server.port
    let sentences = try await onThreads(sizes.count) { rank -> String in
      let store = try Store(host: "127.0.0.1", port: port, serves: false, prefix: "test")
      do {
        try store.compareSizes(rank: rank, size: sizes[rank], timeOut: timeOut)
        return "they agree"
      } catch {
        return "\(error)".replacingOccurrences(of: ":\(port)", with: "")
      }
    }
    return withExtendedLifetime(server) { sentences }
  }

  @Test func ranksThatAgreeGoOn() async throws {
    #expect(
      try await sentences([2, 2], timeOut: .seconds(60)) == ["they agree", "they agree"])
  }

  /// Long before their time is out.
  @Test(.timeLimit(.minutes(2))) func ranksOfRunsOfDifferentSizesAreTold() async throws {
    #expect(
      try await sentences([2, 3], timeOut: .seconds(3600)) == [
        "127.0.0.1: rank 0 was started as one of 2 ranks, rank 1 as one of 3; start all with the "
          + "same number of ranks",
        "127.0.0.1: rank 1 was started as one of 3 ranks, rank 0 as one of 2; start all with the "
          + "same number of ranks",
      ])
  }

  @Test func rankThatDoesNotComeIsNamed() async throws {
    let sentences = try await sentences([3, 3], timeOut: .seconds(1))
    for sentence in sentences {
      #expect(
        sentence.hasPrefix(
          "127.0.0.1: the ranks did not meet there: rank 2 of 3 has not come in time; "))
    }
  }

  /// Whether this machine has the address 127.0.0.2.
  private static let hasSecondLoopback = Listener(at: INADDR_LOOPBACK + 1, port: 0) != nil

  /// The same port can then be listened at by another address of this machine.
  @Test(.enabled(if: hasSecondLoopback), arguments: ["127.0.0.1", "localhost"])
  func storeListensAtItsAddressAlone(_ host: String) throws {
    let store = try Store(host: host, port: 0, serves: true, prefix: "test")
    let elsewhere = Listener(at: INADDR_LOOPBACK + 1, port: store.port)
    withExtendedLifetime(store) { #expect(elsewhere != nil) }
  }

  @Test(.enabled(if: hasSecondLoopback)) func storeListensEverywhereIfAsked() throws {
    let store = try Store(
      host: "127.0.0.1", port: 0, serves: true, listensEverywhere: true, prefix: "test")
    let elsewhere = Listener(at: INADDR_LOOPBACK + 1, port: store.port)
    withExtendedLifetime(store) { #expect(elsewhere == nil) }
  }

  @Test func portThatIsTakenIsNamed() throws {
    try withSilentListener { port in
      let error = #expect(throws: EngineError.self) {
        _ = try Store(host: "127.0.0.1", port: port, serves: true, prefix: "test")
      }
      #expect(
        error?.description.hasPrefix(
          "127.0.0.1:\(port): the ranks did not meet there: port \(port) cannot be listened at: ")
          == true)
    }
  }

  /// Ages are as good as for ever, and not too many for a count of milliseconds.
  @Test func anyTimeOutCanBeCounted() throws {
    _ = try Store(
      host: "127.0.0.1", port: 0, serves: true, prefix: "test", timeOut: .seconds(Int.max))
  }
}

/// A socket of the IPv4 loopback network that listens and never answers.
private final class Listener {
  private let descriptor: Int32
  private(set) var port = 0

  /// Nil where the address is taken.
  init?(at address: in_addr_t, port: Int) {
    #if canImport(Glibc)
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var own = sockaddr_in()
    own.sin_family = sa_family_t(AF_INET)
    own.sin_addr.s_addr = address.bigEndian
    own.sin_port = in_port_t(port).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &own) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    self.port = Int(own.sin_port.bigEndian)
    guard isBound, listen(descriptor, 8) == 0 else { return nil }
  }

  deinit { close(descriptor) }
}
