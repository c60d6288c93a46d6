internal import CGdkPixbuf
internal import Net2Net
internal import Net2NetFiles

/// An image decoded by gdk-pixbuf: PNG, JPEG, GIF, TIFF, BMP and what else is installed, as 8-bit
/// red, green, blue and perhaps alpha, upright. 16-bit channels lose their lower byte; CMYK and
/// grey become red, green and blue.
final class DecodedImage {
  private let pixbuf: OpaquePointer
  let width: Int
  let height: Int

  /// No more pixels than this are decoded: a few kilobytes of PNG may claim terabytes.
  static let largestPixelCount = 100_000_000

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` for what is no image, is
  ///   damaged, or says in its header that it is too large; `FilesError`.
  init(_ file: String) throws {
    let bytes = try FileContents(of: file).bytes
    try Self.checkSize(file)
    guard Self.isWhole(bytes.buffer) else {
      throw TrainingError.malformedData(
        file: file, part: "image", expected: "a whole JPEG", found: "one without an end")
    }
    var error: UnsafeMutablePointer<GError>?
    guard let stored = gdk_pixbuf_new_from_file(file, &error) else {
      throw Self.damaged(file, error)
    }
    defer { g_object_unref(UnsafeMutableRawPointer(stored)) }
    guard let upright = gdk_pixbuf_apply_embedded_orientation(stored) else {
      throw Self.damaged(file, nil)
    }
    pixbuf = upright
    width = Int(gdk_pixbuf_get_width(upright))
    height = Int(gdk_pixbuf_get_height(upright))
  }

  deinit { g_object_unref(UnsafeMutableRawPointer(pixbuf)) }

  /// What lacks of a JPEG its decoder makes up, grey. Behind the start of the last scan comes the
  /// marker of the end, which cannot occur in a scan itself.
  private static func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.starts(with: [0xFF, 0xD8]) else { return true }
    var place = bytes.count - 2
    while place >= 2 {
      if bytes[place] == 0xFF, bytes[place + 1] == 0xD9 { return true }
      if bytes[place] == 0xFF, bytes[place + 1] == 0xDA { return false }
      place -= 1
    }
    return false
  }

  /// Reads the header alone.
  private static func checkSize(_ file: String) throws(TrainingError) {
    var (width, height): (Int32, Int32) = (0, 0)
    guard gdk_pixbuf_get_file_info(file, &width, &height) != nil, width > 0, height > 0 else {
      throw damaged(file, nil)
    }
    guard Int(width) * Int(height) <= largestPixelCount else {
      throw .malformedData(
        file: file, part: "size", expected: "at most \(largestPixelCount) pixels",
        found: "\(width) x \(height)")
    }
  }

  private static func damaged(
    _ file: String, _ error: UnsafeMutablePointer<GError>?
  ) -> TrainingError {
    defer { if let error { g_error_free(error) } }
    let found = error.flatMap { $0.pointee.message }.map { String(cString: $0) }
    return .malformedData(
      file: file, part: "image", expected: "a whole PNG, JPEG or other known image",
      found: found ?? "something else")
  }

  /// The bytes of row `row`, and how many there are for a pixel.
  func row(_ row: Int) -> (bytes: UnsafePointer<UInt8>, channels: Int) {
    let start = gdk_pixbuf_get_pixels(pixbuf)!  // never nil for a pixbuf that was loaded
    let stride = Int(gdk_pixbuf_get_rowstride(pixbuf))
    return (UnsafePointer(start + row * stride), Int(gdk_pixbuf_get_n_channels(pixbuf)))
  }
}
