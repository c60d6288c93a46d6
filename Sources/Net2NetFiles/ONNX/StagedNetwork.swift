internal import Foundation

/// The name of the file that holds a large network's parameters: the model's, then the first digits
/// of the SHA-256 of what is in it. Other parameters have another name, so a model never finds those
/// of the network that was written after it, or before.
package struct DataFileName: Hashable, Sendable {
  let directory: String
  let name: String

  var path: String { "\(directory)/\(name)" }

  private static let digits = 16
  private static let suffix = ".data"

  init(of model: String, digest: String) {
    directory = AtomicFile.directory(of: model)
    name = "\(AtomicFile.name(of: model)).\(digest.prefix(Self.digits))\(Self.suffix)"
  }

  /// Whether a file's name is one that data of the model `model`, a name too, may have.
  package static func isData(_ name: String, of model: String) -> Bool {
    let (name, prefix) = (Array(name.utf8), Array("\(model).".utf8))
    guard name.count == prefix.count + digits + suffix.utf8.count, name.starts(with: prefix),
      name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    else { return false }
    return name.dropFirst(prefix.count).prefix(digits).allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
    }
  }

  /// All data files of a model, those that no model names any more too.
  package static func all(of model: String) -> [String] {
    let directory = AtomicFile.directory(of: model)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { isData($0, of: AtomicFile.name(of: model)) }
      .map { "\(directory)/\($0)" }
  }
}

/// A network that is on the disk, and has its name once it is committed.
package struct StagedNetwork: ~Copyable {
  private var model: AtomicFile
  /// In place already; nil where the model holds everything.
  private let dataFile: DataFileName?
  /// Whether another model may have the same data, byte for byte, because it was there before.
  private let sharesData: Bool
  private var isCommitted = false

  init(_ model: consuming AtomicFile, dataFile: DataFileName?, sharesData: Bool = false) {
    self.model = model
    self.dataFile = dataFile
    self.sharesData = sharesData
  }

  deinit {
    if !isCommitted, !sharesData, let dataFile { unlink(dataFile.path) }
  }

  /// Where the network can be read meanwhile.
  package var temporary: String { model.temporary }

  /// Puts the model in place, then removes the data of the one that was there. A kill in between
  /// leaves a file too many, and a model with its own data in any case.
  package mutating func commit() throws(FilesError) {
    try model.commit()
    isCommitted = true
    for file in DataFileName.all(of: model.path) where file != dataFile?.path { unlink(file) }
  }
}
