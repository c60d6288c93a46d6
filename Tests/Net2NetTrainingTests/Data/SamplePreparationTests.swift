import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

@Suite struct SamplePreparationTests {
  /// One image of 1 × 2 pixels, 0 and 255.
  private func blackAndWhite() throws -> DataSplit {
    let images = Tensor(elementType: .uint8, shape: [1, 1, 1, 2]) { $0 == 0 ? 0 : 255 }
    return try DataSplit(name: "two", images: images, labels: [0])
  }

  private func shown(_ samples: any Samples) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: samples.shape.elementCount) { numbers, count in
      try samples.write(0, into: UnsafeMutableRawBufferPointer(numbers), .none)
      count = samples.shape.elementCount
    }
  }

  @Test func imagesArePreparedAsOthersWere() throws {
    let split = try blackAndWhite()
    #expect(split.samples.preparation == .pixels(means: [0.5], deviations: [0.5]))
    #expect(try shown(split.samples) == [-1, 1])
    let other = try split.samples.prepared(
      as: .pixels(means: [0.25], deviations: [0.25]), in: "two")
    #expect(try shown(other) == [-1, 3])
    #expect(other.preparation == .pixels(means: [0.25], deviations: [0.25]))
  }

  @Test func channelsOfAGreyImageArePreparedAlike() throws {
    let grey = try blackAndWhite().shown(as: ImageForm(channels: 3), name: "two")
    let preparation = SamplePreparation.pixels(
      means: [0.5, 0.5, 0.5], deviations: [0.5, 0.5, 0.5])
    #expect(grey.samples.preparation == preparation)
    #expect(try shown(grey.samples.prepared(as: preparation, in: "two")) == [-1, 1, -1, 1, -1, 1])
    let colours = SamplePreparation.pixels(means: [0.5, 0.4, 0.5], deviations: [1, 1, 1])
    #expect(
      sentence { _ = try grey.samples.prepared(as: colours, in: "two") }
        == "two: images: 3 channels expected, 1 found")
  }

  @Test func samplesOfAnotherKindAreRefused() throws {
    let split = try blackAndWhite()
    #expect(
      sentence {
        _ = try split.samples.prepared(
          as: .table(columns: [.number(name: "a", mean: 0, deviation: 1)]), in: "two")
      } == "two: samples: rows of a table expected, images found")
    #expect(
      sentence {
        _ = try split.samples.prepared(as: .standardized(means: [0], deviations: [1]), in: "two")
      } == "two: samples: arrays of numbers expected, images found")
  }

  @Test func tableIsReadWholeAndItsColumnsAreFoundByName() throws {
    try withTemporaryFolder { folder in
      let (first, second) = ("\(folder)/first.csv", "\(folder)/second.csv")
      try write(Array("size,colour,kind\n1,red,a\n3,blue,b\n".utf8), to: first)
      try write(Array("kind,extra,colour,size\nc,9,blue,5\n".utf8), to: second)
      let known = try DataSpecification("csv:\(first):label=kind").samples()
      #expect(known.count == 2)
      #expect(
        known.preparation
          == .table(columns: [
            .number(name: "size", mean: 2, deviation: 1),
            .category(name: "colour", categories: ["blue", "red"]),
          ]))
      let later = try DataSpecification("csv:\(second):label=kind").samples()
      let prepared = try later.prepared(as: known.preparation, shape: known.shape)
      #expect(prepared.classes == ["c"])
      #expect(try shown(prepared.parts[0].samples) == [3, 1, 0])
      #expect(
        sentence(without: folder) {
          _ = try later.prepared(as: known.preparation, shape: [4])
        } == "csv:second.csv:label=kind: samples: (4) expected, (3) found")
    }
  }

  @Test func preparationIsTheSameFromJSON() throws {
    let all: [SamplePreparation] = [
      .pixels(means: [0.1], deviations: [0.3]), .standardized(means: [1, 2], deviations: [3, 4]),
      .table(columns: [
        .number(name: "a", mean: 1, deviation: 2), .category(name: "b", categories: ["x", "y"]),
      ]),
      .none,
    ]
    let text = try JSONEncoder().encode(all)
    #expect(try JSONDecoder().decode([SamplePreparation].self, from: text) == all)
    #expect(all.map(\.description)[2] == "a: (value - 1.0) / 2.0; b: one of x|y")
  }
}
