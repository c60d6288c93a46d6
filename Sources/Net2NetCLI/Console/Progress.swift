import Foundation
import Net2Net

/// Tells how far a long piece of work is: a bar that redraws itself on a terminal, one plain
/// line for each finished part elsewhere. Goes to standard error, so results can be piped.
struct Progress {
  private let isTerminal: Bool
  private var lastDrawn = ContinuousClock.now
  private var isDrawn = false

  init() { isTerminal = isatty(STDERR_FILENO) == 1 }

  /// Redraws the bar, at most ten times a second, and at once where there is none.
  mutating func update(_ title: String, share: Double, _ detail: String = "") {
    guard isTerminal, !isDrawn || ContinuousClock.now - lastDrawn > .milliseconds(100) else {
      return
    }
    lastDrawn = .now
    let (title, detail) = (title.shown(.max), detail.shown(.max))
    let words = "\(title)  \(Int(share * 100)) %  \(detail)"
    // A line that is broken in two could not be drawn over.
    let cells = min(24, Self.columns - words.count - 1)
    let line =
      cells >= 4
      ? "\(title) \(Self.bar(share, cells: cells)) \(Int(share * 100)) %  \(detail)" : words
    write("\r\u{1B}[K" + line.prefix(Self.columns - 1))
    isDrawn = true
  }

  private static func bar(_ share: Double, cells: Int) -> String {
    let filled = Int((min(max(share, 0), 1) * Double(cells)).rounded(.down))
    return String(repeating: "━", count: filled) + String(repeating: "╌", count: cells - filled)
  }

  /// Of the terminal; 80 where it does not tell.
  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Replaces the bar by a line that stays.
  mutating func finish(_ line: String) {
    clear()
    write(line.printable + "\n")
  }

  /// A line beside all progress.
  func note(_ line: String) { write(line.printable + "\n") }

  mutating func clear() {
    if isDrawn { write("\r\u{1B}[K") }
    isDrawn = false
  }

  private func write(_ text: String) {
    FileHandle.standardError.draw(text)
  }
}
