internal import HTTPTypes

/// Why a request is not answered as asked: a status and one sentence, which the body carries as
/// `{"error": "…"}`.
struct HTTPFailure: Error, Hashable {
  var status: HTTPResponse.Status
  var sentence: String
  /// Seconds after which it is worth trying again.
  var retryAfter: Int?
  /// What a path can be asked with, where the method was the mistake.
  var allowed: [HTTPRequest.Method] = []

  init(_ status: HTTPResponse.Status, _ sentence: String, retryAfter: Int? = nil) {
    self.status = status
    self.sentence = sentence
    self.retryAfter = retryAfter
  }

  static func badRequest(_ sentence: String) -> HTTPFailure { HTTPFailure(.badRequest, sentence) }
}
