internal import Foundation
internal import Net2Net
internal import OrderedCollections

/// Origins travel in an ONNX file as an entry of its `metadata_props`, which other programs keep.
private let originsKey = "net2net.origins"

extension Network {
  /// For a file; without an entry of ours where nothing has grown.
  func metadataWithOrigins(_ file: String) throws(FilesError) -> OrderedDictionary<String, String> {
    var metadata = metadata
    guard !origins.isEmpty else { return metadata }
    do {
      metadata[originsKey] = try json(origins, isOneLine: true)
    } catch {
      throw .unwritable(file: file, reason: "its origins cannot be told as JSON: \(error)")
    }
    return metadata
  }

  /// Moves the entry out of the metadata. What another program has removed or renamed has none.
  mutating func takeOriginsFromMetadata(_ file: String) throws(FilesError) {
    guard let text = metadata.removeValue(forKey: originsKey) else { return }
    do {
      origins = try JSONDecoder().decode(Origins.self, from: Data(text.utf8))
        .restricted(to: self)
    } catch {
      throw .malformed(
        file: file, part: "metadata \"\(originsKey)\"",
        expected: "origins of a growth, as net2net writes them",
        found: (error as? NetworkError)?.description ?? "other text")
    }
  }
}
