import Foundation

/// Runs `body` with a path to a fresh directory that is removed afterwards.
@discardableResult
func withTemporaryDirectory<R>(_ body: (String) async throws -> R) async throws -> R {
  let directory = FileManager.default.temporaryDirectory.path + "/net2net-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try await body(directory)
}

/// Runs `body` with the path of a file that holds `bytes`.
@discardableResult
func withFile<R>(_ bytes: [UInt8], _ body: (String) async throws -> R) async throws -> R {
  try await withTemporaryDirectory { directory in
    let file = directory + "/sample"
    try Data(bytes).write(to: URL(filePath: file))
    return try await body(file)
  }
}
