import Foundation

/// A folder that is there for the length of `body`.
func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("net2net-tests-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

func write(_ bytes: [UInt8], to file: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: file))
}

/// The sentence of the error that `body` throws, with `folder` left out; nil when it throws none.
func sentence(without folder: String = "", _ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    let text = "\(error)"
    return folder.isEmpty ? text : text.replacingOccurrences(of: folder + "/", with: "")
  }
}
