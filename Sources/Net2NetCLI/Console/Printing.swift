import Foundation
import Logging
import Net2Net

/// Everything that results print goes through here: names in files and from clients may hold what
/// steers a terminal, which is written as `\u001b`. JSON stays the same JSON by that.
func print(_ text: String) { Swift.print(text.printable) }

/// Writes a log to standard error, each entry on one line and with what steers terminals escaped.
struct PrintableLog: LogHandler {
  private var handler: StreamLogHandler

  init(label: String) { handler = StreamLogHandler.standardError(label: label) }

  var logLevel: Logger.Level {
    get { handler.logLevel }
    set { handler.logLevel = newValue }
  }

  var metadata: Logger.Metadata {
    get { handler.metadata }
    set { handler.metadata = newValue }
  }

  func log(event: LogEvent) {
    var event = event
    event.message = "\(event.message.description.shown(.max))"
    event.metadata = event.metadata?.mapValues { .string($0.description.shown(.max)) }
    handler.log(event: event)
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { handler[metadataKey: key] }
    set { handler[metadataKey: key] = newValue }
  }
}
