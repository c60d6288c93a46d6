import Foundation

/// A data set that anything learns: 28×28 images with one bright stripe, at the row that its
/// class names.
enum Stripes {
  /// Writes the four files of an IDX folder.
  static func write(to folder: String, training: Int, test: Int) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, count) in [("train", training), ("t10k", test)] {
      let labels = (0..<count).map { UInt8($0 % 10) }
      let header: [UInt8] = [0, 0, 8, 1] + size(count)
      try Data(header + labels).write(
        to: URL(filePath: "\(folder)/\(name)-labels-idx1-ubyte"))
      let images: [UInt8] = [0, 0, 8, 3] + size(count) + size(28) + size(28)
      try Data(images + labels.flatMap(image)).write(
        to: URL(filePath: "\(folder)/\(name)-images-idx3-ubyte"))
    }
  }

  private static func image(_ label: UInt8) -> [UInt8] {
    (0..<28).flatMap { row in
      [UInt8](repeating: row / 2 == Int(label) + 2 ? 200 : 20, count: 28)
    }
  }

  private static func size(_ count: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
  }
}
