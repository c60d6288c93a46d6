internal import Dispatch
internal import Foundation
internal import Net2Net
internal import Synchronization

/// How the images of a folder become samples.
public struct FolderOptions: Hashable, Sendable {
  /// What networks are shown.
  public var size = ImageForm.Size(height: 224, width: 224)
  /// The shorter side before the middle is cut out; that of `size` when nil.
  public var resize: Int?
  /// 3, or 1 for grey.
  public var channels = 3
  /// The share of images to be measured by, where the folder does not say which; at 0 there need
  /// be none.
  public var heldOut = 0.1
  /// Leaves out images that cannot be decoded rather than refusing them.
  public var skipsBad = false

  public init() {}
}

/// A folder of images for each class: `DIR/class/picture.jpg`, or `DIR/train/class/…` and
/// `DIR/test/class/…` (or `val`). Without a part of its own to be measured by, some of the images
/// are held out.
struct ImageFolder {
  let name: String
  let directory: String
  let options: FolderOptions

  private static let extensions: Set<String> = [
    "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp",
  ]

  private struct Listing {
    var files: [String] = []
    var labels: [Int] = []
  }

  func dataSet() throws -> DataSet {
    let parts = ["train", "test", "val"].map { "\(directory)/\($0)" }.filter(Self.isFolder)
    let isCut = parts.first == "\(directory)/train"
    let root = isCut ? parts[0] : directory
    let classes = try folders(in: root)
    var (training, test) = (Listing(), Listing())
    if isCut, parts.count > 1 {
      let strangers = Set(try folders(in: parts[1])).subtracting(classes)
      if let stranger = strangers.min() {
        throw TrainingError.inconsistentData(
          name, part: "classes of \(parts[1])", expected: "those of \(parts[0])",
          found: "\"\(stranger)\"")
      }
      training = try listing(parts[0], classes) { _ in true }
      test = try listing(parts[1], classes, allowsEmpty: true) { _ in true }
    } else {
      training = try listing(root, classes) { !isHeldOut($0) }
      test = try listing(root, classes, allowsEmpty: true, where: isHeldOut)
    }
    var skipped = 0
    if options.skipsBad {
      let before = training.files.count + test.files.count
      (training, test) = (Self.whole(training), Self.whole(test))
      skipped = before - training.files.count - test.files.count
      for (label, name) in classes.enumerated() where !training.labels.contains(label) {
        throw emptyClass("\(root)/\(name)")
      }
    }
    guard !test.files.isEmpty || options.heldOut == 0 else {
      throw TrainingError.inconsistentData(
        name, part: "images to be measured by", expected: "at least one; a larger held-out=",
        found: "none")
    }
    return try dataSet(classes, training, test, skipped: skipped)
  }

  private func dataSet(
    _ classes: [String], _ training: Listing, _ test: Listing, skipped: Int
  ) throws -> DataSet {
    let plain = Normalization(
      means: Array(repeating: 0, count: options.channels),
      deviations: Array(repeating: 1, count: options.channels))
    func images(_ listing: Listing, _ normalization: Normalization) -> FolderImages {
      FolderImages(
        files: listing.files, options: options, normalization: normalization,
        directory: directory)
    }
    let normalization = try Normalization(measuring: images(training, plain))
    return try DataSet(
      name: name, classes: classes,
      training: DataSplit(images(training, normalization), labels: training.labels),
      test: DataSplit(images(test, normalization), labels: test.labels),
      preparation: "\(normalization)",
      remarks: skipped == 0 ? [] : ["\(name): images left out, as they do not decode: \(skipped)"])
  }

  /// Fixed by the name, so that images stay on their side when others come and go.
  private func isHeldOut(_ path: String) -> Bool {
    Draw(seed: 0).derived(for: path).uniform(0) < options.heldOut
  }

  private func folders(in directory: String) throws -> [String] {
    guard Self.isFolder(directory) else {
      throw TrainingError.missingData(
        file: directory, remedy: "folder:DIR has a folder of images for each class")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
      .filter { !$0.hasPrefix(".") && Self.isFolder("\(directory)/\($0)") }
    guard !names.isEmpty else {
      throw TrainingError.inconsistentData(
        directory, part: "classes", expected: "a folder of images for each", found: "no folder")
    }
    return names.sorted()
  }

  private func listing(
    _ directory: String, _ classes: [String], allowsEmpty: Bool = false,
    where isWanted: (String) -> Bool
  ) throws -> Listing {
    var listing = Listing()
    for (label, name) in classes.enumerated() {
      let inner =
        FileManager.default.enumerator(atPath: "\(directory)/\(name)")?
        .compactMap { $0 as? String } ?? []
      let files = inner.filter { Self.isImage($0) && isWanted("\(name)/\($0)") }.sorted()
      guard !files.isEmpty || allowsEmpty else { throw emptyClass("\(directory)/\(name)") }
      listing.files += files.map { "\(directory)/\(name)/\($0)" }
      listing.labels += files.map { _ in label }
    }
    return listing
  }

  private func emptyClass(_ folder: String) -> TrainingError {
    .inconsistentData(
      folder, part: "images to learn from",
      expected: "at least one (\(Self.extensions.sorted().joined(separator: ", ")))",
      found: "none")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private static func isImage(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    guard !name.hasPrefix("."), let dot = name.lastIndex(of: ".") else { return false }
    return extensions.contains(name[name.index(after: dot)...].lowercased())
  }

  /// What can be decoded, which takes decoding everything once.
  private static func whole(_ listing: Listing) -> Listing {
    let isWhole = Mutex([Bool](repeating: false, count: listing.files.count))
    DispatchQueue.concurrentPerform(iterations: listing.files.count) { index in
      if (try? DecodedImage(listing.files[index])) != nil { isWhole.withLock { $0[index] = true } }
    }
    let kept = isWhole.withLock { flags in flags.indices.filter { flags[$0] } }
    return Listing(files: kept.map { listing.files[$0] }, labels: kept.map { listing.labels[$0] })
  }
}

extension Normalization {
  /// Of up to 256 images, evenly spread over the split: enough for three digits.
  fileprivate init(measuring images: FolderImages) throws {
    let count = min(images.count, 256)
    let (channels, size) = (images.shape[0], images.shape.elementCount)
    let moments = Mutex([Result<[Double], any Error>?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { slot in
      let found = Result<[Double], any Error> {
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { pixels in
          try images.write(
            slot * images.count / count, into: UnsafeMutableRawBufferPointer(pixels), .none)
          return (0..<channels).flatMap { channel in
            let plane = pixels[channel * size / channels..<(channel + 1) * size / channels]
            return [
              plane.reduce(0) { $0 + Double($1) }, plane.reduce(0) { $0 + Double($1) * Double($1) },
            ]
          }
        }
      }
      moments.withLock { $0[slot] = found }
    }
    var sums = [Double](repeating: 0, count: 2 * channels)
    for found in moments.withLock({ $0 }) {
      for (index, value) in (try found?.get() ?? []).enumerated() { sums[index] += value }
    }
    let places = Double(count * size / channels)
    means = (0..<channels).map { sums[2 * $0] / places }
    deviations = (0..<channels).map { channel in
      let mean = sums[2 * channel] / places
      let variance = sums[2 * channel + 1] / places - mean * mean
      return variance > 1e-12 ? variance.squareRoot() : 1
    }
  }
}
