import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

/// Images in another form than they are stored in.
struct ImageFormTests {
  private func split(_ pixels: [Double], _ shape: Shape) throws -> DataSplit {
    let images = Tensor(elementType: .uint8, shape: shape) { pixels[$0] }
    return try DataSplit(
      name: "test", images: images, labels: Array(repeating: 0, count: shape[0]))
  }

  /// The values of the first batch, in units of a pixel's.
  private func shown(_ split: DataSplit, _ form: ImageForm) throws -> Tensor {
    let channels = split.sampleShape[0]
    let plain = Normalization(
      means: Array(repeating: 0, count: channels), deviations: Array(repeating: 1, count: channels))
    let loader = BatchLoader(
      try split.shown(as: form, name: "test").normalized(by: plain), batchSize: 2,
      order: .sequential)
    return try #require(try loader.batches().all().first).inputs
  }

  private func values(_ images: Tensor) -> [Double] {
    images.doubles().map { ($0 * 255 * 1000).rounded() / 1000 }
  }

  @Test func enlargedImageLiesBetweenItsPixels() throws {
    let images = try shown(
      split([0, 100], [1, 1, 1, 2]), ImageForm(size: .init(height: 1, width: 4)))
    #expect(images.shape == [1, 1, 1, 4])
    #expect(values(images) == [0, 25, 75, 100])
  }

  @Test func reducedImageIsReadBetweenItsPixels() throws {
    let images = try shown(
      split([0, 10, 20, 30], [1, 1, 4, 1]), ImageForm(size: .init(height: 2, width: 1)))
    #expect(values(images) == [5, 25])
  }

  @Test func bothAxesAreInterpolated() throws {
    let images = try shown(
      split([0, 40, 80, 120], [1, 1, 2, 2]), ImageForm(size: .init(height: 3, width: 3)))
    #expect(values(images) == [0, 20, 40, 40, 60, 80, 80, 100, 120])
  }

  @Test func greyImageIsRepeatedInEachChannel() throws {
    let images = try shown(split([1, 2, 3, 4], [2, 1, 1, 2]), ImageForm(channels: 3))
    #expect(images.shape == [2, 3, 1, 2])
    #expect(values(images) == [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4])
  }

  @Test func channelsAreResizedEachByItself() throws {
    let images = try shown(
      split([1, 3, 10, 30], [1, 2, 1, 2]), ImageForm(size: .init(height: 2, width: 1)))
    #expect(values(images) == [2, 2, 20, 20])
  }

  @Test func formOutlivesThePrefix() throws {
    let images = try split([1, 2, 3, 4], [2, 1, 1, 2]).shown(
      as: ImageForm(channels: 3), name: "test"
    ).prefix(1)
    #expect(images.sampleShape == [3, 1, 2] && images.count == 1)
  }

  @Test func coloursAreNotMadeUp() throws {
    let images = try split([1, 2, 3, 4], [1, 2, 1, 2])
    #expect(
      sentence { _ = try images.shown(as: ImageForm(channels: 3), name: "test") }
        == "test: channels: 2, as the images have expected, 3 found")
  }

  @Test func sizesThatNoImageHasAreRefused() throws {
    let images = try split([1, 2, 3, 4], [1, 2, 1, 2])
    let form = ImageForm(size: .init(height: 0, width: 5000))
    #expect(
      sentence { _ = try images.shown(as: form, name: "test") }
        == "test: size: 1 to 4096 expected, 0x5000 found")
  }
}
