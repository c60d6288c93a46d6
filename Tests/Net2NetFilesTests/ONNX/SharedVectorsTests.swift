import Net2Net
import OrderedCollections
import SwiftProtobuf
import Testing

@testable import Net2NetFiles

@Suite struct SharedVectorsTests {
  @Test func mergedScalesAndBiasesBecomeOneForEachReader() async throws {
    let network = try await ModelFixture(
      initializers: [.floats("ones", [4]), .floats("zeros", [4])],
      [
        ONNXNodeProto("LayerNormalization", ["x", "ones", "zeros"], ["a"], name: "first"),
        ONNXNodeProto("LayerNormalization", ["a", "ones", "zeros"], ["y"], name: "second"),
      ]
    ).network()
    #expect(
      network.graph.nodes.map(\.inputs) == [
        ["x", "ones", "zeros"], ["a", "second.scale", "second.bias"],
      ])
    #expect(network.parameters["second.scale"]?.tensor().doubles() == [0.5, 0.5, 0.5, 0.5])
  }

  @Test func oneLayerUsedTwiceStaysOne() async throws {
    let network = try await ModelFixture(
      initializers: [.floats("w", [4, 4]), .floats("b", [4]), .floats("v", [4, 4])],
      [
        ONNXNodeProto("Gemm", ["x", "w", "b"], ["h"], name: "first"),
        ONNXNodeProto("Gemm", ["h", "w", "b"], ["g"], name: "again"),
        ONNXNodeProto("Gemm", ["g", "v", "b"], ["k"], name: "other"),
        ONNXNodeProto("Gemm", ["k", "v", "b"], ["y"], name: "otherAgain"),
      ]
    ).network()
    #expect(network.graph.nodes.map { $0.inputs[2] } == ["b", "b", "other.bias", "other.bias"])
  }
}
