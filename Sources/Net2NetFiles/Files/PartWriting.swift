internal import Foundation
internal import Net2Net
internal import Synchronization

#if canImport(Glibc)
  internal import CLinuxFiles
#endif

/// What lies one after another in a file.
enum FilePart: Sendable {
  case bytes([UInt8])
  case parameter(Parameter)

  var byteCount: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .parameter(let parameter): parameter.byteCount
    }
  }
}

/// Parts on their way to a file, written by all cores.
///
/// Where each part lies is known beforehand, so each thread takes the next piece, evaluates it in
/// a small buffer and writes it to its place: while one thread copies bytes to the system, another
/// computes.
final class PartWriting: Sendable {
  private let descriptor: Int32
  private let progress: Mutex<Progress>
  /// Where the last part ends.
  let end: Int

  fileprivate struct Progress {
    var parts: ArraySlice<FilePart>
    /// Where the next of `parts` begins.
    var position: Int
    /// The parameter that is being written, where it begins, and how many pieces are taken.
    var current: (pieces: ParameterPieces, start: Int, taken: Int)?
    /// `errno` of the first write that failed.
    var failure: Int32?
  }

  fileprivate enum Task {
    case bytes([UInt8], at: Int)
    case piece(Range<Int>, of: ParameterPieces, at: Int)
  }

  init(_ parts: [FilePart], to descriptor: Int32, from start: Int) {
    self.descriptor = descriptor
    end = parts.reduce(start) { $0 + $1.byteCount }
    progress = Mutex(Progress(parts: parts[...], position: start))
  }

  /// The `errno` of the first write that failed.
  var failure: Int32? { progress.withLock { $0.failure } }

  /// Returns when everything is written, or something failed.
  func run() {
    // Small files are not worth a second thread.
    let isLarge = progress.withLock { end - $0.position } > 1 << 20
    let threads = isLarge ? ProcessInfo.processInfo.activeProcessorCount : 1
    guard threads > 1 else { return work() }
    DispatchQueue.concurrentPerform(iterations: threads) { _ in work() }
  }

  private func work() {
    while let task = progress.withLock({ $0.next() }) {
      let code: Int32? =
        switch task {
        case .bytes(let bytes, let position):
          bytes.span.bytes.withUnsafeBytes { write($0, at: position) }
        case .piece(let piece, let pieces, let position):
          pieces.withBytes(of: piece) { write($0, at: position) }
        }
      if let code { progress.withLock { $0.failure = $0.failure ?? code } }
    }
  }

  /// - Returns: `errno` where it failed.
  private func write(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Int32? {
    var offset = 0
    while offset < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
      let written = pwrite(descriptor, rest.baseAddress, rest.count, off_t(position + offset))
      if written < 0 {
        if errno == EINTR { continue }
        return errno
      }
      offset += written
    }
    startWriting(bytes.count, at: position)
    return nil
  }

  /// Lets the disk begin while other pieces are computed, rather than when the whole file is flushed.
  /// It is that flush which tells whether all has arrived.
  private func startWriting(_ count: Int, at position: Int) {
    #if canImport(Glibc)
      _ = start_writing(descriptor, off_t(position), off_t(count))
    #endif
  }
}

extension PartWriting.Progress {
  /// Preparing a parameter takes place under the lock: the pieces that other threads have are
  /// theirs already, and they find the next one ready.
  mutating func next() -> PartWriting.Task? {
    guard failure == nil else { return nil }
    while true {
      if let (pieces, start, taken) = current, taken < pieces.pieces.count {
        current?.taken += 1
        let piece = pieces.pieces[taken]
        return .piece(piece, of: pieces, at: start + piece.lowerBound)
      }
      guard let part = parts.popFirst() else { return nil }
      defer { position += part.byteCount }
      switch part {
      case .bytes(let bytes): return .bytes(bytes, at: position)
      case .parameter(let parameter):
        current = (ParameterPieces(of: parameter), position, 0)
      }
    }
  }
}
