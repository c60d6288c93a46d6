import Foundation

/// Tells how far a long piece of work is: a bar that redraws itself on a terminal, one plain
/// line for each finished part elsewhere. Goes to standard error, so results can be piped.
struct Progress {
  private let isTerminal: Bool
  private var lastDrawn = ContinuousClock.now - .seconds(1)
  private var isDrawn = false

  init() { isTerminal = isatty(STDERR_FILENO) == 1 }

  /// Redraws the bar, at most ten times a second.
  mutating func update(_ title: String, share: Double, _ detail: String = "") {
    guard isTerminal, ContinuousClock.now - lastDrawn > .milliseconds(100) else { return }
    lastDrawn = .now
    let cells = 24
    let filled = Int((min(max(share, 0), 1) * Double(cells)).rounded(.down))
    let bar =
      String(repeating: "━", count: filled) + String(repeating: "╌", count: cells - filled)
    write("\r\u{1B}[K\(title) \(bar) \(Int(share * 100)) %  \(detail)")
    isDrawn = true
  }

  /// Replaces the bar by a line that stays.
  mutating func finish(_ line: String) {
    clear()
    write(line + "\n")
  }

  /// A line beside all progress.
  func note(_ line: String) { write(line + "\n") }

  mutating func clear() {
    if isDrawn { write("\r\u{1B}[K") }
    isDrawn = false
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
