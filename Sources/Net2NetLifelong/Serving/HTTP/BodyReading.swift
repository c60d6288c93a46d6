internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// Bytes of bodies that are in memory now, over all connections.
final class BodyBudget: Sendable {
  private let limit: Int
  private let taken = Mutex(0)

  init(limit: Int) { self.limit = limit }

  func take(_ bytes: Int) throws(HTTPFailure) {
    let isTaken = taken.withLock { taken in
      guard taken + bytes <= limit else { return false }
      taken += bytes
      return true
    }
    guard isTaken else {
      throw HTTPFailure(
        .serviceUnavailable,
        "\(limit) bytes of requests are being answered already; try again in a second",
        retryAfter: 1)
    }
  }

  func giveBack(_ bytes: Int) { taken.withLock { $0 -= bytes } }
}

extension Responder {
  /// Waits for the whole body, makes of it what `read` does, and hands that to `use`; its bytes count
  /// against all bodies together until there is an answer.
  ///
  /// - Parameter read: may take long, and is kept away from the threads that everybody shares.
  func withBody<Content: Sendable>(
    of request: Request,
    reading read: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Content,
    _ use: (Content) async throws -> Response
  ) async throws -> Response {
    let limit = settings.limits.bodyBytes
    let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
    guard declared <= limit else { throw tooLarge(limit) }
    var taken = 0
    defer { bodies.giveBack(taken) }
    var body = ByteBuffer()
    for try await piece in request.body {
      guard body.readableBytes + piece.readableBytes <= limit else { throw tooLarge(limit) }
      try bodies.take(piece.readableBytes)
      taken += piece.readableBytes
      if body.readableBytes == 0 {
        body = piece
        body.reserveCapacity(max(declared, piece.readableBytes))
      } else {
        body.writeImmutableBuffer(piece)
      }
    }
    let content = try await workers.run(bytes: body.readableBytes) { [body] in
      try body.withUnsafeReadableBytes(read)
    }
    return try await use(content)
  }

  private func tooLarge(_ limit: Int) -> HTTPFailure {
    HTTPFailure(.contentTooLarge, "a body of at most \(limit) bytes expected, a larger one found")
  }
}
