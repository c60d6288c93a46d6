import HTTPTypes
import Net2Net
import OrderedCollections
import Synchronization
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite(.requiresTorch)
struct DeploymentTests {
  /// y = weight · x, so that an answer tells which version it is of.
  static func network(weight: Float, classes: Int = 2, inputs: Int = 3) throws -> Network {
    var builder = NetworkBuilder(name: "line", seed: 1)
    let output = try builder.dense(builder.input([inputs]), features: classes)
    var network = try builder.network(output: output)
    for parameter in network.parameters.values {
      let value = parameter.shape.rank == 2 ? Double(weight) : 0
      network.setParameter(
        Parameter(
          name: parameter.name,
          tensor: Tensor(elementType: .float32, shape: parameter.shape, repeating: value)))
    }
    return network
  }

  static func settings(_ rows: Int = 8, milliseconds: Double = 20) throws -> ServerSettings {
    var settings = try ServerSettings(port: 0)
    settings.batching = .init(rows: rows, milliseconds: milliseconds)
    return settings
  }

  private func input(_ version: ServedVersion, _ rows: [[Float]]) -> [String: Tensor] {
    [version.signature.inputs[0].name: Tensor(rows.flatMap(\.self), shape: [rows.count, 3])]
  }

  private func run(_ version: ServedVersion, _ rows: [[Float]]) async throws -> [Double] {
    try await version.run(input(version, rows))[version.signature.outputs[0].name]?.doubles() ?? []
  }

  @Test func requestsThatComeTogetherRunTogetherAndGetTheirOwnRows() async throws {
    let batches = Mutex<[Int]>([])
    let version = try await ServedVersion(
      1, try Self.network(weight: 2), settings: try Self.settings(milliseconds: 500)
    ) { rows in batches.withLock { $0.append(rows) } }
    batches.withLock { $0 = [] }
    let answers = try await withThrowingTaskGroup(of: (Int, [Double]).self) { tasks in
      for number in 0..<8 {
        tasks.addTask { (number, try await run(version, [[Float(number), 1, 0]])) }
      }
      return try await tasks.reduce(into: [Int: [Double]]()) { $0[$1.0] = $1.1 }
    }
    for number in 0..<8 {
      #expect(answers[number] == [Double(number + 1) * 2, Double(number + 1) * 2])
    }
    #expect(batches.withLock { $0 } == [8], "a full batch does not wait for the delay")
  }

  /// x (N, 1, H, W) in patches of 16 × 16.
  private static let patches = Network(
    graph: Graph(
      name: "patches",
      inputs: [
        ValueDeclaration(
          "x", TensorType(.float32, [.symbolic("N"), 1, .symbolic("H"), .symbolic("W")]))
      ],
      outputs: [
        ValueDeclaration(
          "y", TensorType(.float32, [.symbolic("N"), 4, .symbolic("h"), .symbolic("w")]))
      ],
      nodes: [
        Node(
          name: "embed",
          operation: .convolution(
            Convolution(strides: [16, 16], padding: .explicit([0, 0, 0, 0]))),
          inputs: ["x", "w"], outputs: ["y"])
      ]),
    parameters: [
      Parameter(
        name: "w", tensor: Tensor(elementType: .float32, shape: [4, 1, 16, 16], repeating: 1))
    ])

  private func failure(
    of version: ServedVersion, _ shape: Shape
  ) async -> HTTPFailure? {
    do {
      _ = try await version.run(["x": Tensor(elementType: .float32, shape: shape, repeating: 0)])
      return nil
    } catch {
      return error as? HTTPFailure
    }
  }

  @Test func sizesThatTheNetworkDoesNotTakeAreTheClientsMistake() async throws {
    var settings = try Self.settings(milliseconds: 0)
    settings.limits.runBytes = 1_000_000
    let version = try await ServedVersion(1, Self.patches, settings: settings)
    for (shape, reason) in [
      ([1, 1, 15, 15], "a window of 16 does not fit 15 padded by 0 and 0"),
      ([2, 1, 20, 4], "a window of 16 does not fit 4 padded by 0 and 0"),
      ([1, 1, 0, 16], "the input's spatial axis 0 is empty"),
      ([4096, 1, 1 << 30, 0], "the input's spatial axis 1 is empty"),
    ] as [(Shape, String)] {
      let failure = await failure(of: version, shape)
      #expect(failure?.status == .badRequest)
      #expect(
        failure?.sentence
          == "inputs \"x\" \(TensorType(.float32, shape)): node \"embed\" (Conv): \(reason)")
    }
    let large = await failure(of: version, [4, 1, 320, 320])
    #expect(large?.status == .contentTooLarge)
    #expect(large?.sentence.contains(" at node \"embed\", and a request may take 1.0 MB; ") == true)
    #expect(await failure(of: version, [1, 1, 160, 160]) == nil)
  }

  @Test func aBatchIsNoLargerThanItMayBe() async throws {
    let batches = Mutex<[Int]>([])
    let version = try await ServedVersion(
      1, try Self.network(weight: 1), settings: try Self.settings(4, milliseconds: 50)
    ) { rows in batches.withLock { $0.append(rows) } }
    batches.withLock { $0 = [] }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for _ in 0..<5 {
        tasks.addTask {
          let outputs = try await run(version, [[1, 0, 0], [0, 2, 0], [0, 0, 3]])
          #expect(outputs == [1, 1, 2, 2, 3, 3])
        }
      }
      try await tasks.waitForAll()
    }
    #expect(batches.withLock { $0 } == [3, 3, 3, 3, 3])
  }

  @Test func aFullQueueIsSaidSoAtOnce() throws {
    let queue = BatchQueue(.init(rows: 2, milliseconds: 0), capacity: 2)
    let job = BatchQueue.Job(inputs: [:], rows: 1, arrival: .now) { _ in }
    try queue.add(job)
    try queue.add(job)
    let failure = #expect(throws: HTTPFailure.self) { try queue.add(job) }
    #expect(failure?.status == .tooManyRequests)
    #expect(failure?.sentence == "2 requests wait already; try again in a second")
    #expect(failure?.retryAfter == 1)
    queue.close()
    #expect(queue.next()?.count == 2, "what waits is still answered")
    #expect(queue.next() == nil)
  }

  @Test func requestsOfOtherSizesDoNotRunTogether() throws {
    let queue = BatchQueue(.init(rows: 8, milliseconds: 0), capacity: 8)
    for (rows, length) in [(1, 3), (2, 4), (3, 3)] {
      let tensor = Tensor(elementType: .float32, shape: [rows, length], repeating: 0)
      try queue.add(.init(inputs: ["x": tensor], rows: rows, arrival: .now) { _ in })
    }
    #expect(queue.next()?.map(\.rows) == [1, 3])
    #expect(queue.next()?.map(\.rows) == [2])
  }

  @Test func aRequestKeepsTheVersionItBeganWithAndThenTheOldOneIsFreed() async throws {
    let deployment = Deployment(
      try Self.settings(), observingBatches: { _ in }, tellingWithdrawals: { _, _ in })
    weak var first: ServedVersion?
    do {
      let old = try await deployment.prepared(1, try Self.network(weight: 1))
      first = old
      deployment.serve(old, previous: nil)
      let (held, _) = try deployment.version(nil, draw: 0)
      deployment.serve(try await deployment.prepared(2, try Self.network(weight: 2)), previous: nil)
      #expect(try await run(held, [[1, 1, 1]]) == [3, 3])
      let (next, _) = try deployment.version(nil, draw: 0)
      #expect(try await run(next, [[1, 1, 1]]) == [6, 6])
    }
    #expect(first == nil)
  }

  @Test func aVersionOfAnotherSignatureIsRefusedAndNothingChanges() async throws {
    let deployment = Deployment(
      try Self.settings(), observingBatches: { _ in }, tellingWithdrawals: { _, _ in })
    deployment.serve(try await deployment.prepared(1, try Self.network(weight: 1)), previous: nil)
    var builder = NetworkBuilder(name: "other", seed: 1)
    let output = try builder.dense(builder.input([4]), features: 2)
    let other = try builder.network(output: output)
    let error = await #expect(throws: LifelongError.self) {
      try await deployment.prepared(2, other)
    }
    let expected = try Self.network(weight: 1).graph.inputs[0]
    #expect(
      error?.description
        == "version 2 is not served: inputs \"\(expected.name)\" \(expected.type) expected, "
        + "\"\(other.graph.inputs[0].name)\" \(other.graph.inputs[0].type) found")
    #expect(deployment.loaded == [1])
    // Further classes are no other signature.
    _ = try await deployment.prepared(3, try Self.network(weight: 1, classes: 5))
  }

  @Test func aCandidateAnswersItsShareAndIsWithdrawnWhenItFails() async throws {
    let told = Mutex<[String]>([])
    let deployment = Deployment(
      try Self.settings(), observingBatches: { _ in },
      tellingWithdrawals: { number, reason in told.withLock { $0.append("\(number): \(reason)") } })
    deployment.serve(try await deployment.prepared(1, try Self.network(weight: 1)), previous: nil)
    deployment.tryOut(try await deployment.prepared(2, try Self.network(weight: 2)), share: 0.25)
    #expect(try deployment.version(nil, draw: 0.24).0.number == 2)
    #expect(try deployment.version(nil, draw: 0.25).0.number == 1)
    for _ in 0..<3 {
      let (version, isTried) = try deployment.version(nil, draw: 0)
      #expect(isTried)
      let answered = try await deployment.answer(by: version, isTried: isTried) { version in
        if version.number == 2 { throw HTTPFailure(.internalServerError, "NaN") }
        return version.number
      }
      #expect(answered == 1, "the champion answers in its stead")
    }
    #expect(told.withLock { $0 } == ["2: 3 of 3 requests failed"])
    #expect(deployment.loaded == [1])
    #expect(try deployment.version(nil, draw: 0).0.number == 1)
  }

  @Test func whatTheChampionCannotAnswerEitherIsNotTheCandidates() async throws {
    let told = Mutex<[String]>([])
    let deployment = Deployment(
      try Self.settings(), observingBatches: { _ in },
      tellingWithdrawals: { number, reason in told.withLock { $0.append("\(number): \(reason)") } })
    deployment.serve(try await deployment.prepared(1, try Self.network(weight: 1)), previous: nil)
    deployment.tryOut(try await deployment.prepared(2, try Self.network(weight: 2)), share: 1)
    for _ in 0..<10 {
      let (version, isTried) = try deployment.version(nil, draw: 0)
      #expect(isTried)
      let error = await #expect(throws: NoFiniteAnswer.self) {
        try await deployment.answer(by: version, isTried: isTried) { _ in
          throw NoFiniteAnswer(output: "y")
        }
      }
      #expect(error == NoFiniteAnswer(output: "y"))
    }
    #expect(deployment.current.candidate?.failed == 0)
    #expect(deployment.current.candidate?.asked == 0)
    #expect(told.withLock { $0 }.isEmpty)
  }

  @Test func aClientsMistakeIsNotTheCandidates() async throws {
    let deployment = Deployment(
      try Self.settings(), observingBatches: { _ in }, tellingWithdrawals: { _, _ in })
    deployment.serve(try await deployment.prepared(1, try Self.network(weight: 1)), previous: nil)
    deployment.tryOut(try await deployment.prepared(2, try Self.network(weight: 2)), share: 1)
    for _ in 0..<5 {
      let (version, isTried) = try deployment.version(nil, draw: 0)
      await #expect(throws: HTTPFailure.self) {
        try await deployment.answer(by: version, isTried: isTried) { _ in
          throw HTTPFailure.badRequest("no")
        }
      }
    }
    #expect(deployment.current.candidate?.failed == 0)
  }

  @Test func versionsThatAreNotLoadedAreNamed() async throws {
    let deployment = Deployment(
      try Self.settings(), observingBatches: { _ in }, tellingWithdrawals: { _, _ in })
    let none = #expect(throws: HTTPFailure.self) { try deployment.version(nil, draw: 0) }
    #expect(none?.status == .serviceUnavailable)
    deployment.serve(try await deployment.prepared(4, try Self.network(weight: 1)), previous: nil)
    let failure = #expect(throws: HTTPFailure.self) { try deployment.version(3, draw: 0) }
    #expect(failure?.status == .notFound)
    #expect(failure?.sentence == "version 3 is not loaded; loaded: 4")
  }
}
