internal import Foundation
public import Net2Net
internal import Net2NetFiles

/// A version whose file is whole, loads, suits the model and computes what it did when it was added.
/// Only ``Registry/verified(_:for:)`` makes one, and only one may become champion or candidate.
public struct VerifiedVersion: Sendable {
  public let version: Version
  public let network: Network
  /// From the outputs when it was added, relative to the largest of them.
  public let goldenDifference: Double

  fileprivate init(_ version: Version, _ network: Network, goldenDifference: Double) {
    self.version = version
    self.network = network
    self.goldenDifference = goldenDifference
  }
}

extension Registry {
  /// Loads a version and checks it: SHA-256, signature, golden outputs. Takes as long as reading the
  /// file and running it on a few samples.
  ///
  /// - Throws: ``LifelongError/unknownVersion(_:newest:)``,
  ///   ``LifelongError/networkFileMissing(version:file:)``,
  ///   ``LifelongError/networkFileDiffers(version:file:expected:found:)``,
  ///   ``LifelongError/signatureMismatch(part:expected:found:)``,
  ///   ``LifelongError/goldenDiffers(version:difference:tolerance:)``; `FilesError`, `EngineError`.
  public func verified(_ number: Int, for settings: LiveSettings) throws -> VerifiedVersion {
    let version = try version(number)
    let network = try network(of: version)
    try ModelSignature(settings).check(network)
    let difference = try golden(of: number).difference(of: network)
    guard let difference, difference <= GoldenOutputs.tolerance else {
      throw LifelongError.goldenDiffers(
        version: number,
        difference: difference.map { "\($0) of the largest" } ?? "more than any number",
        tolerance: "\(GoldenOutputs.tolerance)")
    }
    return VerifiedVersion(version, network, goldenDifference: difference)
  }

  /// The network of a version, from a file that still has its SHA-256.
  public func network(of version: Version) throws -> Network {
    let file = networks.file(version.sha256)
    guard FileManager.default.fileExists(atPath: file) else {
      throw LifelongError.networkFileMissing(version: version.number, file: file)
    }
    let found = try Digest(ofFile: file).description
    guard found == version.sha256 else {
      throw LifelongError.networkFileDiffers(
        version: version.number, file: file, expected: version.sha256, found: found)
    }
    return try Network(onnx: file)
  }
}

/// What every version of a model takes and gives: samples of one shape into its one input, a number
/// for each class out of its one output.
public struct ModelSignature: Hashable, Sendable {
  public let sampleShape: Shape
  /// An output may have more, for classes that appeared later.
  public let leastClasses: Int

  public init(_ settings: LiveSettings) {
    sampleShape = settings.sample.shape
    leastClasses = settings.classes.count
  }

  /// - Throws: ``LifelongError/signatureMismatch(part:expected:found:)``.
  public func check(_ network: Network) throws(LifelongError) {
    let (inputs, outputs) = (network.graph.inputs, network.graph.outputs)
    guard inputs.count == 1, outputs.count == 1 else {
      throw .signatureMismatch(
        part: "the network", expected: "one input and one output",
        found: "\(inputs.count) and \(outputs.count)")
    }
    let sizes = inputs[0].type.rank == 2 ? [sampleShape.elementCount] : sampleShape.sizes
    let expected = TensorType(.float32, [.symbolic("N")] + sizes.map(Dimension.fixed))
    guard suits(inputs[0].type, expected) else {
      throw .signatureMismatch(
        part: "the network's input \"\(inputs[0].name)\"",
        expected: "\(expected), for samples \(sampleShape),", found: "\(inputs[0].type)")
    }
    let type = outputs[0].type
    guard type.rank == 2, type.dimensions[1].size ?? leastClasses >= leastClasses else {
      throw .signatureMismatch(
        part: "the network's output \"\(outputs[0].name)\"",
        expected: "(N, \(leastClasses)) or more, a number for each class,", found: "\(type)")
    }
  }

  /// Batches are of any size; another axis whose size is known at run time only takes any.
  private func suits(_ type: TensorType, _ expected: TensorType) -> Bool {
    type.rank == expected.rank && type.elementType.isFloatingPoint
      && type.dimensions[0].size == nil
      && zip(type.dimensions, expected.dimensions).dropFirst().allSatisfy {
        $0.size == nil || $0.size == $1.size
      }
  }
}
