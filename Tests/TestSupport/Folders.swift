internal import Foundation
internal import Subprocess
public import Testing

/// A folder that is there for the length of `body`.
public func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = try temporaryFolder()
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

public func withTemporaryFolder<R>(_ body: (String) async throws -> R) async throws -> R {
  let folder = try temporaryFolder()
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

private func temporaryFolder() throws -> String {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("net2net-tests-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  return folder
}

public func write(_ bytes: [UInt8], to file: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: file))
}

/// Writes a file until nothing more fits.
public func fillDisk(_ file: String) {
  let descriptor = open(file, O_WRONLY | O_CREAT, 0o600)
  let piece = [UInt8](repeating: 1, count: 4096)
  while write(descriptor, piece, piece.count) > 0 {}
  close(descriptor)
}

public func mounts(_ arguments: String...) async -> Bool {
  let result = try? await Subprocess.run(
    .name("mount"), arguments: .init(arguments), output: .discarded, error: .discarded)
  return result?.terminationStatus == .exited(0)
}

/// A disk of its own, of so few bytes that ``fillDisk(_:)`` takes no time. Needs `.requiresMounting`.
public func withSmallDisk(_ body: (_ folder: String) throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    guard await mounts("-t", "tmpfs", "-o", "size=256k", "tmpfs", folder) else { return }
    let result = Result { try body(folder) }
    _ = try? await Subprocess.run(
      .name("umount"), arguments: ["-l", folder], output: .discarded, error: .discarded)
    try result.get()
  }
}

extension Trait where Self == ConditionTrait {
  public static var requiresMounting: Self {
    .enabled("needs the right to mount a tmpfs (root)") {
      try await withTemporaryFolder { folder in
        guard await mounts("-t", "tmpfs", "tmpfs", folder) else { return false }
        _ = try? await Subprocess.run(
          .name("umount"), arguments: [folder], output: .discarded, error: .discarded)
        return true
      }
    }
  }
}
