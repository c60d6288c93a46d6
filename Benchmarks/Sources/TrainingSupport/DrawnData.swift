import Foundation
public import Net2Net
public import Net2NetTraining

extension DataSet {
  /// Random images of ten classes, and a few of them to test on: there is nothing to be learnt.
  public static func drawnImages(
    _ count: Int, _ shape: Shape, tested: Int = 1
  ) throws -> DataSet {
    let draw = Draw(seed: 1)
    let pixels = Tensor(elementType: .uint8, shape: Shape([count] + shape.sizes)) {
      Double(draw.bits($0) & 0xFF)
    }
    let training = try DataSplit(
      name: "drawn", images: pixels, labels: (0..<count).map { $0 % 10 })
    return try DataSet(
      name: "drawn", classes: (0..<10).map(String.init), training: training,
      test: training.prefix(tested))
  }

  /// Random bytes in windows of `context`.
  public static func drawnText(_ windows: Int, context: Int) throws -> DataSet {
    let file = FileManager.default.temporaryDirectory.appending(path: "drawn-\(getpid()).txt")
    defer { try? FileManager.default.removeItem(at: file) }
    let draw = Draw(seed: 1)
    let held = 2 * (context + 1)
    let count = windows * context + 1 + held
    try Data((0..<count).map { UInt8(draw.bits($0) & 0xFF) }).write(to: file)
    var options = TextOptions()
    options.context = context
    options.heldOut = Double(held) / Double(count)
    return try DataSpecification(.text(file: file.path, options)).load()
  }
}
