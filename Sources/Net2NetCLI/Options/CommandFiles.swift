import Foundation
import Net2NetFiles
import Net2NetTraining

/// Every file that a command reads and writes, so that no output takes the place of another, or of
/// something that was only to be read.
struct CommandFiles {
  private struct File {
    let role: String
    let path: String
    /// An input that this output may replace.
    var mayReplace: String?
    var isNetwork = false
  }

  private var inputs: [File] = []
  private var outputs: [File] = []

  mutating func read(_ role: String, _ path: String?) {
    guard let path else { return }
    inputs.append(File(role: role, path: path))
  }

  /// Data that is in one file; files in a folder of data are nobody's output.
  mutating func read(data text: String?) {
    guard let text, let specification = try? DataSpecification(text) else { return }
    read("the data", specification.file)
  }

  mutating func write(_ role: String, _ path: String?, mayReplace: String? = nil) {
    guard let path else { return }
    outputs.append(File(role: role, path: path, mayReplace: mayReplace))
  }

  /// - Parameter mayReplace: the network that it may be written over: the one it is made from.
  mutating func write(network path: String, mayReplace: String? = nil) {
    outputs.append(
      File(role: "the network", path: path, mayReplace: mayReplace, isNetwork: true))
  }

  /// Refuses before any long work what would be refused after it, or would go wrong.
  ///
  /// - Throws: ``CommandError/outputExists(_:)``, ``CommandError/sameFile(_:_:_:)``, `FilesError`.
  func check(overwriting: Bool) throws {
    try checkPlaces()
    for output in outputs {
      do { try AtomicFile.check(output.path, overwriting: overwriting) } catch .alreadyExists {
        throw CommandError.outputExists(output.path)
      }
    }
  }

  /// - Throws: ``CommandError/sameFile(_:_:_:)``.
  func checkPlaces() throws {
    var taken: [(file: File, identity: FileIdentity)] = []
    for input in inputs { taken.append((input, FileIdentity(input.path))) }
    for output in outputs {
      let identity = FileIdentity(output.path)
      for (other, place) in taken
      where other.path != output.mayReplace && (place == identity || place.lies(in: identity)) {
        throw CommandError.sameFile(output.path, output.role, other.role)
      }
      taken.append((output, identity))
    }
    try checkDataFiles()
  }

  /// A large network takes such a name for its parameters.
  private func checkDataFiles() throws {
    for network in outputs where network.isNetwork {
      for other in inputs + outputs
      where FileIdentity(other.path).directory == FileIdentity(network.path).directory
        && DataFileName.isData(
          AtomicFile.name(of: other.path), of: AtomicFile.name(of: network.path))
      {
        throw CommandError.sameFile(other.path, "\(network.path)'s parameters", other.role)
      }
    }
  }
}

/// For commands that resume in their own folder, which the file `mark` identifies. Without it, files
/// called `names` belong to somebody else and are not replaced.
///
/// - Throws: ``CommandError/inTheWay(_:wanted:)``.
func checkIsOurs(_ folder: String, mark: String, names: [String], what: String) throws {
  guard !FileManager.default.fileExists(atPath: "\(folder)/\(mark)") else { return }
  for name in names where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
    throw CommandError.inTheWay("\(folder)/\(name)", wanted: what)
  }
}
