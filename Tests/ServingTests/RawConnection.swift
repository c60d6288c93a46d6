import Foundation

/// A TCP connection that sends exactly the bytes it is told to, as no HTTP client would.
///
/// Its calls block, so they run on threads of their own: the server shares the pool that tests
/// run on.
final class RawConnection: Sendable {
  private let descriptor: Int32

  struct Answer: Hashable, Sendable {
    var status: Int
    var headers: [String: String]
    var body: String

    /// What the body gives as `error`.
    var sentence: String? {
      let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
      return object?["error"] as? String
    }
  }

  enum Failure: Error {
    case refused(String)
    /// The connection ended, or time was up, before an answer was whole.
    case noAnswer(String)
  }

  init(port: Int) throws {
    // A peer that has closed is an error of the call, not the end of the tests.
    signal(SIGPIPE, SIG_IGN)
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard result == 0 else { throw Failure.refused(String(cString: strerror(errno))) }
  }

  deinit { close(descriptor) }

  /// - Returns: false where the other side has closed.
  @discardableResult
  func send(_ bytes: some Collection<UInt8>) -> Bool {
    let bytes = Array(bytes)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, 0)
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(text.utf8) }

  /// No more is sent; answers can still come.
  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// The next answer. Blocks.
  func answer(within seconds: Double = 20) throws -> Answer {
    var received: [UInt8] = []
    let end = Date(timeIntervalSinceNow: seconds)
    while Date() < end {
      if let answer = Self.answer(in: received) { return answer }
      guard let more = receive(until: end), !more.isEmpty else { break }
      received += more
    }
    if let answer = Self.answer(in: received) { return answer }
    throw Failure.noAnswer(String(decoding: received, as: UTF8.self))
  }

  /// All that comes until the other side closes. Blocks.
  func everything(within seconds: Double = 20) throws -> String {
    var received: [UInt8] = []
    let end = Date(timeIntervalSinceNow: seconds)
    while let more = receive(until: end) {
      if more.isEmpty { return String(decoding: received, as: UTF8.self) }
      received += more
    }
    throw Failure.noAnswer(String(decoding: received, as: UTF8.self))
  }

  /// Whether the other side closes within the time, whatever it sends before. Blocks.
  func isClosed(within seconds: Double) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while let more = receive(until: end) {
      if more.isEmpty { return true }
    }
    return false
  }

  /// Nil when time is up, empty when the other side has closed.
  private func receive(until end: Date) -> [UInt8]? {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let left = Int32(max(0, end.timeIntervalSinceNow * 1000))
    guard Foundation.poll(&poll, 1, left) > 0 else { return nil }
    // One at a time, so that nothing of the next answer is taken.
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, 0) == 1 ? [byte] : []
  }

  private static func answer(in bytes: [UInt8]) -> Answer? {
    guard bytes.count > 3, let split = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else {
      return nil
    }
    let lines = String(decoding: bytes[..<split.lowerBound], as: UTF8.self)
      .split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    guard bytes.count - split.upperBound >= length else { return nil }
    let body = bytes[split.upperBound..<split.upperBound + length]
    return Answer(
      status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
  }
}

/// Runs what blocks on a thread of its own.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}
