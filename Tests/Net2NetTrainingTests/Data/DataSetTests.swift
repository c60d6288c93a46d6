import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

/// A split of `labels.count` images of 1 × 1 × 2 pixels: 2i and 2i + 1 for image i.
func countingSplit(labels: [Int]) throws -> DataSplit {
  try DataSplit(
    name: "fixture",
    images: Tensor(elementType: .uint8, shape: [labels.count, 1, 1, 2]) { Double($0) },
    labels: labels)
}

struct DataSetTests {
  @Test func normalizationIsOfEachChannel() throws {
    // Channel 0 is 0 and 255 (mean ½, deviation ½), channel 1 is constant.
    let images = Tensor(elementType: .uint8, shape: [2, 2, 1, 1]) { [0, 51, 255, 51][$0] }
    let normalization = Normalization(of: images)
    #expect(normalization.means == [0.5, 0.2])
    #expect(normalization.deviations == [0.5, 1])
    #expect(normalization.table[0] == -1)
    #expect(normalization.table[255] == 1)
    #expect(normalization.table[256 + 51] == 0)
  }

  @Test func prefixKeepsTheNormalizationOfTheWhole() throws {
    let split = try countingSplit(labels: [0, 1, 1])
    let data = try DataSet(name: "d", classes: ["a", "b"], training: split, test: split)
    let less = data.prefix(training: 2, test: 99)
    #expect(less.training.images?.doubles() == [0, 1, 2, 3])
    #expect(less.training.labels == [0, 1])
    #expect(less.test.count == 3)
    #expect(less.preparation == data.preparation)
  }

  @Test func labelWithoutAClassIsRefused() throws {
    let training = try countingSplit(labels: [0, 1])
    let test = try countingSplit(labels: [0, 2])
    #expect(
      sentence { _ = try DataSet(name: "d", classes: ["a", "b"], training: training, test: test) }
        == "d: test labels: 0 to 1 expected, 2 found")
  }

  @Test func imagesMustBeBytesWithFourAxes() {
    let floats = Tensor([1, 2] as [Float], shape: [2, 1])
    #expect(
      sentence { _ = try DataSplit(name: "d", images: floats, labels: [0, 0]) }
        == "d: images: uint8 with axes (image, channel, row, column) expected, "
        + "float32(2, 1) found")
  }
}
