internal import HTTPTypes
internal import Net2NetTorch

extension HTTPFailure {
  /// Of inputs that the network does not take.
  init(refusal error: EngineError) {
    switch error {
    case .memory, .outOfMemory: self.init(.contentTooLarge, "\(error)")
    default: self.init(.badRequest, "\(error)")
    }
  }

  /// What a client may know of an error: sentences that name files of this machine are shortened.
  init(_ error: LifelongError) {
    switch error {
    case .diskFull:
      self.init(
        HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
        "the disk is full; nothing of this request was stored, try again when there is room",
        retryAfter: 60)
    case .storeBusy: self.init(.tooManyRequests, "\(error)", retryAfter: 1)
    case .storeClosed: self.init(.serviceUnavailable, "\(error)", retryAfter: 5)
    case .sampleMismatch, .className, .tooManyClasses: self.init(.badRequest, "\(error)")
    case .unknownVersion: self.init(.notFound, "\(error)")
    case .noSuchAlias, .nothingToRollBackTo, .signatureMismatch, .goldenDiffers, .refusedVersion:
      self.init(.conflict, "\(error)")
    case .networkFileMissing(let version, _), .networkFileDiffers(let version, _, _, _):
      self.init(
        .conflict, "version \(version): its file is missing or damaged; use another version")
    default:
      self.init(
        .internalServerError,
        "the model's folder cannot be read or written; the server's log says why")
    }
  }
}
