import Foundation
import Net2Net

extension FileHandle {
  /// Writes at once, with what steers a terminal escaped: names come from files and from clients.
  /// Where nobody reads any more, as behind `| head`, nothing is said and work goes on.
  func say(_ text: String) { draw(text.printable) }

  /// As it is, with our own control sequences in it.
  func draw(_ text: String) { try? write(contentsOf: Data(text.utf8)) }
}
