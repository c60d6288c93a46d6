import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

struct DataSpecificationTests {
  @Test(arguments: [
    "fashion-mnist", "idx:data/mnist", "cifar10:/a folder: with colons",
    "fashion-mnist:size=64,channels=3", "idx:data/mnist:size=48x64", "cifar10:a:b=c/d",
    "idx:a:b:channels=3", "text:a:b", "text:a:context=128,stride=32,held-out=0.2",
    "csv:a:label=b,categorical=c+d,ignore=e+f,delimiter=tab,header=no,held-out=0.5,on-bad=skip",
    "npz:a:samples=b,labels=c,test-samples=d,test-labels=e,layout=channels-last,classes=7",
  ])
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
        == "data \"\(text)\": fashion-mnist, idx:DIR, cifar10:DIR, folder:DIR, csv:FILE, npz:FILE or text:FILE expected; "
        + "did you mean \(nearest)?")
  }

  @Test func optionsAreReadFromBehindTheLastColon() throws {
    let specification = try DataSpecification("idx:a:b:size=48x64,channels=3")
    #expect(specification.source == .idx(directory: "a:b"))
    #expect(
      specification.form == ImageForm(size: .init(height: 48, width: 64), channels: 3))
    #expect(
      try DataSpecification("fashion-mnist:size=64").form.size == .init(height: 64, width: 64))
  }

  @Test(arguments: [
    ("fashion-mnist:sise=64", "sise: did you mean size?"),
    ("fashion-mnist:colour=3", "colour: known are size, channels"),
    ("fashion-mnist:size=0", "size: 1 to 4096 expected, such as 64 or 48x64"),
    ("fashion-mnist:size=5000", "size: 1 to 4096 expected, such as 64 or 48x64"),
    ("fashion-mnist:size=", "size: 1 to 4096 expected, such as 64 or 48x64"),
    ("fashion-mnist:size=8,size=9", "size: it is given twice"),
    ("idx:a:channels=-1", "channels: 1 to 64 expected"),
    ("csv:a:delimiter=dot", "delimiter: one of comma, semicolon, tab, pipe expected"),
    ("csv:a:header=maybe", "header: yes or no expected"),
    ("csv:a:on-bad=ask", "on-bad: skip or stop expected"),
    ("csv:a:labl=x", "labl: did you mean label?"),
    ("npz:a:layout=nhwc", "layout: channels-first or channels-last expected"),
    ("npz:a:classes=0", "classes: 1 to 10000 expected"),
    ("text:a:context=0", "context: 1 to 65536 tokens expected"),
    ("text:a:stride=x", "stride: 1 to 65536 tokens expected"),
    ("text:a:contxt=8", "contxt: did you mean context?"),
    ("text:a:held-out=1", "held-out: a share between 0 and 1 expected"),
    ("folder:a:held-out=x", "held-out: a share between 0 and 1 expected"),
  ])
  func optionsAreStrict(_ text: String, _ reason: String) {
    #expect(
      sentence { _ = try DataSpecification(text) } == "data \"\(text)\": \(reason)")
  }

  @Test(arguments: ["", "parquet:table", ":"])
  func somethingElseGetsNoGuess(_ text: String) {
    #expect(
      sentence { _ = try DataSpecification(text) }
        == "data \"\(text)\": fashion-mnist, idx:DIR, cifar10:DIR, folder:DIR, csv:FILE, npz:FILE or text:FILE expected"
    )
  }

  @Test(.requiresFashionMNIST)
  func fashionMNISTIsAsPublished() throws {
    let data = try DataSpecification.fashionMNIST.load()
    #expect(data.training.images?.shape == [60_000, 1, 28, 28])
    #expect(data.test.images?.shape == [10_000, 1, 28, 28])
    #expect(data.training.labels.prefix(5) == [9, 0, 0, 3, 0])
    #expect((0..<10).allSatisfy { label in data.test.labels.count { $0 == label } == 1000 })
    // The mean and deviation that everyone quotes, to four digits.
    let normalization = try #require(data.test.storedImages).normalization
    #expect(abs(normalization.means[0] - 0.2860) < 5e-5)
    #expect(abs(normalization.deviations[0] - 0.3530) < 5e-5)
  }
}
