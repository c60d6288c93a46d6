internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Net2Net
internal import Net2NetFiles
internal import NIOCore

extension Responder {
  /// `{"version": 3}`
  func promote(_ request: Request) async throws -> Response {
    try await withBody(of: request) { body in
      var number: Int?
      try read(body) { (reader) throws(JSONReader.Failure) in
        try reader.object { (reader, key) throws(JSONReader.Failure) in
          if key == "version" { number = try reader.size() } else { try reader.skip() }
        }
      }
      guard let number else { throw HTTPFailure.badRequest("\"version\": a number expected") }
      try await deployer.promote(number, detail: ["by": "request"])
      return champion
    }
  }

  /// `{}`
  func rollback(_ request: Request) async throws -> Response {
    try await withBody(of: request) { body in
      try read(body) { (reader) throws(JSONReader.Failure) in try reader.skip() }
      try await deployer.rollBack(detail: ["by": "request"])
      return champion
    }
  }

  private var champion: Response {
    let number = deployment.current.champion?.number ?? 0
    return json(ByteBuffer(string: "{\"champion\":\(number)}"), version: number)
  }

  /// `{"examples": [{"label": "sneaker", "data": [0, 12, …]}]}`: answered once they are on the disk.
  func examples(_ request: Request) async throws -> Response {
    try await withBody(of: request) { body in
      let form = live.settings.sample
      var payloads: [ExamplePayload] = []
      try read(body) { (reader) throws(JSONReader.Failure) in
        payloads = try ExamplePayload.list(&reader, form, most: settings.limits.rows)
      }
      guard !payloads.isEmpty else {
        throw HTTPFailure.badRequest("\"examples\": a list of examples expected, none given")
      }
      let samples = try payloads.enumerated().map { try $1.sample(form, "examples[\($0)]") }
      // New classes appear only once every sample is known to be one.
      let examples = try zip(payloads, samples).map { payload, sample in
        Example(sample: sample, label: try payload.label(in: live.examples))
      }
      let numbers = try await live.examples.append(examples)
      metrics.countExamples(examples.count)
      return json(
        ByteBuffer(string: "{\"first\":\(numbers.lowerBound),\"count\":\(numbers.count)}"))
    }
  }

  func read(
    _ body: ByteBuffer, _ use: (inout JSONReader) throws(JSONReader.Failure) -> Void
  ) throws(HTTPFailure) {
    try body.withUnsafeReadableBytes { (bytes) throws(HTTPFailure) in
      do throws(JSONReader.Failure) {
        var reader = JSONReader(bytes, deepest: settings.limits.nesting)
        try use(&reader)
        try reader.end()
      } catch {
        throw HTTPFailure(error)
      }
    }
  }
}

/// One labelled example as JSON gives it.
struct ExamplePayload {
  private enum Label {
    case number(Int)
    case name(String)
  }

  private var label: Label?
  private var values: TensorPayload.Numbers?

  static func list(
    _ reader: inout JSONReader, _ form: SampleForm, most: Int
  ) throws(JSONReader.Failure) -> [ExamplePayload] {
    var payloads: [ExamplePayload] = []
    try reader.object { (reader, key) throws(JSONReader.Failure) in
      guard key == "examples" else { return try reader.skip() }
      try reader.array { (reader) throws(JSONReader.Failure) in
        guard payloads.count < most else {
          throw JSONReader.Failure(
            offset: reader.offset, expected: "at most \(most) examples", found: "more")
        }
        payloads.append(try ExamplePayload(&reader, form))
      }
    }
    return payloads
  }

  private init(_ reader: inout JSONReader, _ form: SampleForm) throws(JSONReader.Failure) {
    try reader.object { (reader, key) throws(JSONReader.Failure) in
      switch key {
      case "label":
        label =
          reader.next() == UInt8(ascii: "\"")
          ? .name(try reader.string()) : .number(try reader.size())
      case "data":
        values = try TensorPayload.Numbers(&reader, most: form.shape.elementCount)
      default: try reader.skip()
      }
    }
  }

  /// The bytes as the store keeps them.
  func sample(_ form: SampleForm, _ place: String) throws(HTTPFailure) -> [UInt8] {
    guard let values else { throw .badRequest("\(place): \"data\" expected, none given") }
    guard values.values.count == form.shape.elementCount else {
      throw .badRequest(
        "\(place): \(form.shape.elementCount) numbers expected, for a sample \(form.shape), "
          + "\(values.values.count) found")
    }
    let datatype: Datatype = form.storage == .uint8 ? .uint8 : .fp32
    let tensor = try values.tensor(datatype, form.shape, in: place)
    return tensor.withUnsafeBytes { Array($0) }
  }

  func label(in store: ExampleStore) throws -> Int {
    switch label {
    case .number(let number): return number
    case .name(let name): return try store.label(for: name)
    case nil: throw HTTPFailure.badRequest("examples: each needs a \"label\"; one has none")
    }
  }
}
