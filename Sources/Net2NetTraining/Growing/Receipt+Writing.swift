package import Net2Net
package import Net2NetFiles

extension Receipt {
  /// The receipt on the disk, without its name yet: every receipt is written by this.
  package func staged(for file: String, overwriting: Bool) throws -> AtomicFile {
    try AtomicFile.staged(Array("\(json(self))\n".utf8), for: file, overwriting: overwriting)
  }

  package func write(to file: String, overwriting: Bool) throws {
    var staged = try staged(for: file, overwriting: overwriting)
    try staged.commit()
  }
}
