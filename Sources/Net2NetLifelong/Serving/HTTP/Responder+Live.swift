internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Net2Net
internal import Net2NetFiles
internal import NIOCore

extension Responder {
  /// `{"version": 3}`
  func promote(_ request: Request) async throws -> Response {
    try await withBody(of: request) { [settings] bytes in
      var number: Int?
      try JSONReader.read(bytes, settings.limits) { (reader) throws(JSONReader.Failure) in
        try reader.object { (reader, key) throws(JSONReader.Failure) in
          if key == "version" { number = try reader.size() } else { try reader.skip() }
        }
      }
      guard let number else { throw HTTPFailure.badRequest("\"version\": a number expected") }
      return number
    } _: { (number: Int) in
      try await deployer.promote(number, detail: ["by": "request"])
      return champion
    }
  }

  /// `{}`
  func rollback(_ request: Request) async throws -> Response {
    try await withBody(of: request) { [settings] bytes in
      try JSONReader.read(bytes, settings.limits) { (reader) throws(JSONReader.Failure) in
        try reader.skip()
      }
    } _: {
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
    try await withBody(of: request) { [settings, live] bytes in
      try ExamplePayload.examples(bytes, settings.limits, for: live.examples)
    } _: { (examples: EncodedExamples) in
      let numbers = try await live.examples.append(examples)
      metrics.countExamples(examples.count)
      return json(
        ByteBuffer(string: "{\"first\":\(numbers.lowerBound),\"count\":\(numbers.count)}"))
    }
  }
}

extension JSONReader {
  /// Reads bytes that have to be one value.
  static func read(
    _ bytes: UnsafeRawBufferPointer, _ limits: ServerLimits,
    _ use: (inout JSONReader) throws(JSONReader.Failure) -> Void
  ) throws(HTTPFailure) {
    do throws(JSONReader.Failure) {
      var reader = JSONReader(bytes, deepest: limits.nesting)
      try use(&reader)
      try reader.end()
    } catch {
      throw HTTPFailure(error)
    }
  }
}

/// One labelled example as JSON gives it.
struct ExamplePayload {
  private var label: ClassLabel?
  private var values: TensorPayload.Numbers?

  /// The examples of a body, ready to be stored: nothing of one is kept unless all are.
  static func examples(
    _ bytes: UnsafeRawBufferPointer, _ limits: ServerLimits, for store: ExampleStore
  ) throws -> EncodedExamples {
    var payloads: [ExamplePayload] = []
    try JSONReader.read(bytes, limits) { (reader) throws(JSONReader.Failure) in
      payloads = try list(&reader, store.form, most: limits.rows)
    }
    guard !payloads.isEmpty else {
      throw HTTPFailure.badRequest("\"examples\": a list of examples expected, none given")
    }
    return try store.encoded(
      try payloads.enumerated().map { index, payload in
        IncomingExample(
          sample: try payload.sample(store.form, "examples[\(index)]"),
          label: try payload.knownLabel())
      })
  }

  private static func list(
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
  private func sample(_ form: SampleForm, _ place: String) throws(HTTPFailure) -> [UInt8] {
    guard let values else { throw .badRequest("\(place): \"data\" expected, none given") }
    guard values.values.count == form.shape.elementCount else {
      throw .badRequest(
        "\(place): \(form.shape.elementCount) numbers expected, for a sample \(form.shape), "
          + "\(values.values.count) found")
    }
    guard values.sizes.count == 1 || values.sizes == form.shape.sizes else {
      throw .badRequest(
        "\(place): one list of \(form.shape.elementCount) numbers, or lists in lists of "
          + "\(form.shape), expected, lists of \(Shape(values.sizes)) found")
    }
    let datatype: Datatype = form.storage == .uint8 ? .uint8 : .fp32
    let tensor = try values.tensor(datatype, form.shape, in: place)
    return tensor.withUnsafeBytes { Array($0) }
  }

  private func knownLabel() throws(HTTPFailure) -> ClassLabel {
    guard let label else {
      throw .badRequest("examples: each needs a \"label\"; one has none")
    }
    return label
  }
}
