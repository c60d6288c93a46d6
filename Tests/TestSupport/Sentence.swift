internal import Foundation

/// The sentence of the error that `body` throws, with `folder` left out; nil when it throws none.
public func sentence(without folder: String = "", _ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    let text = "\(error)"
    return folder.isEmpty ? text : text.replacingOccurrences(of: folder + "/", with: "")
  }
}
