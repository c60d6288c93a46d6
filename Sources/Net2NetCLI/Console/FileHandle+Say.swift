import Foundation

extension FileHandle {
  /// Writes at once. Where nobody reads any more, as behind `| head`, nothing is said and work goes on.
  func say(_ text: String) { try? write(contentsOf: Data(text.utf8)) }
}
