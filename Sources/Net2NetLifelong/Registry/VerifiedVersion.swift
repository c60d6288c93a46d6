internal import Foundation
public import Net2Net
internal import Net2NetFiles

/// A version whose file is whole, loads, suits the model and computes what it did when it was added.
/// Only ``Registry/verified(_:for:)`` makes one, and only one may become champion or candidate.
public struct VerifiedVersion: Sendable {
  public let version: Version
  /// For samples of the model's shape: sizes that the file leaves open are fixed.
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
    let fitted = try ModelSignature(settings).fitted(network)
    let difference = try golden(of: number).difference(of: network)
    guard let difference, difference <= GoldenOutputs.tolerance else {
      throw LifelongError.goldenDiffers(
        version: number,
        difference: difference.map { "\($0) of the largest" } ?? "more than any number",
        tolerance: "\(GoldenOutputs.tolerance)")
    }
    return VerifiedVersion(version, fitted, goldenDifference: difference)
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
