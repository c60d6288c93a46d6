import Foundation
import Net2Net
import Testing

@testable import Net2NetTraining

struct DataSpecificationTests {
  @Test(arguments: ["fashion-mnist", "idx:data/mnist", "cifar10:/a folder: with colons"])
  func specificationReadsBackAsItself(_ text: String) throws {
    #expect(try DataSpecification(text).description == text)
  }

  @Test(arguments: [
    ("fashon-mnist", "fashion-mnist"), ("cifar:x", "cifar10:DIR"), ("CIFAR-10:x", "cifar10:DIR"),
    ("idx", "idx:DIR"), ("idx:", "idx:DIR"), ("fashion-mnist:x", "fashion-mnist"),
  ])
  func nearestKnownFormIsNamed(_ text: String, _ nearest: String) {
    #expect(
      sentence { _ = try DataSpecification(text) }
        == "data \"\(text)\": fashion-mnist, idx:DIR or cifar10:DIR expected; "
        + "did you mean \(nearest)?")
  }

  @Test(arguments: ["", "csv:table.csv", ":"])
  func somethingElseGetsNoGuess(_ text: String) {
    #expect(
      sentence { _ = try DataSpecification(text) }
        == "data \"\(text)\": fashion-mnist, idx:DIR or cifar10:DIR expected")
  }

  static let hasFashionMNIST = FileManager.default.fileExists(
    atPath: "/usr/share/datasets/fashion-mnist")

  @Test(.enabled(if: hasFashionMNIST, "dataset-fashion-mnist is not installed"))
  func fashionMNISTIsAsPublished() throws {
    let data = try DataSpecification.fashionMNIST.load()
    #expect(data.training.images.shape == [60_000, 1, 28, 28])
    #expect(data.test.images.shape == [10_000, 1, 28, 28])
    #expect(data.training.labels.prefix(5) == [9, 0, 0, 3, 0])
    #expect((0..<10).allSatisfy { label in data.test.labels.count { $0 == label } == 1000 })
    // The mean and deviation that everyone quotes, to four digits.
    #expect(abs(data.normalization.means[0] - 0.2860) < 5e-5)
    #expect(abs(data.normalization.deviations[0] - 0.3530) < 5e-5)
  }
}
