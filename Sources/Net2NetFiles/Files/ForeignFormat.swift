/// What people hand over by mistake, told by its first bytes.
enum ForeignFormat {
  struct Finding {
    let name: String
    let remedy: String?
  }

  /// Nil when `bytes` begin like nothing known here.
  static func recognise(_ bytes: UnsafeRawBufferPointer) -> Finding? {
    guard !bytes.isEmpty else { return Finding(name: "an empty file", remedy: nil) }
    for (prefix, finding) in prefixes where bytes.starts(with: prefix) { return finding }
    let text = String(decoding: bytes.prefix(256), as: UTF8.self).lowercased()
    let start = text.drop { $0.isWhitespace }
    if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") {
      return Finding(name: "an HTML page", remedy: "download the file itself")
    }
    if bytes.prefix(4096).allSatisfy({ $0 == 0 }) {
      return Finding(name: "nothing but zero bytes", remedy: "the copy is damaged")
    }
    return nil
  }

  private static let prefixes: [([UInt8], Finding)] = [
    (
      Array("version https://git-lfs".utf8),
      Finding(name: "a Git LFS pointer", remedy: "fetch the file with \"git lfs pull\"")
    ),
    (
      [0x50, 0x4B, 0x03, 0x04],
      Finding(name: "a zip archive (PyTorch's own format?)", remedy: export)
    ),
    ([0x80, 0x02], Finding(name: "a Python pickle", remedy: export)),
    ([0x80, 0x03], Finding(name: "a Python pickle", remedy: export)),
    ([0x80, 0x04], Finding(name: "a Python pickle", remedy: export)),
    ([0x80, 0x05], Finding(name: "a Python pickle", remedy: export)),
    ([0x1F, 0x8B], Finding(name: "a gzip archive", remedy: "unpack it with gunzip")),
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], Finding(name: "a NumPy array", remedy: nil)),
    (Array("GGUF".utf8), Finding(name: "a GGUF file", remedy: nil)),
    ([0x89, 0x48, 0x44, 0x46], Finding(name: "an HDF5 file", remedy: nil)),
  ]

  private static let export = "export it with torch.onnx.export or safetensors.torch.save_file"
}
