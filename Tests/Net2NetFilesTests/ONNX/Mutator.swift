import Foundation
import SwiftProtobuf

@testable import Net2NetFiles

/// Damages ONNX models, the same way for the same seed.
///
/// Half of the damage is done to the bytes, as by a bad disk or a broken transfer; the other half
/// to the decoded message, whose encoding stays sound, so that it gets past the first checks.
struct Mutator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    if below(2) == 0, let model = try? ONNXModelProto(serializedBytes: bytes, partial: true) {
      var model = model
      for _ in 0...below(3) { change(&model) }
      result = model.encoded
    } else {
      for _ in 0...below(4) { change(&result) }
    }
    return result
  }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }

  mutating func index(of collection: some Collection) -> Int? {
    collection.isEmpty ? nil : below(collection.count)
  }

  /// Sizes, axes and counts that programs stumble over.
  private mutating func number() -> Int64 {
    let numbers: [Int64] = [
      0, 1, -1, 2, -2, 3, 7, 64, 65_537, 1 << 20, 1 << 31, (1 << 31) - 1, -(1 << 31), 1 << 40,
      1 << 62, .max, .min, .min + 1,
    ]
    return numbers[below(numbers.count)]
  }
}

extension Mutator {
  private mutating func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = below(bytes.count)
    let end = min(bytes.count, place + 1 + below(16))
    switch below(7) {
    case 0: bytes[place] ^= 1 << below(8)
    case 1: bytes[place] = UInt8(truncatingIfNeeded: next())
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: bytes[below(place)..<place], at: below(bytes.count))
    case 5: bytes.replaceSubrange(place...place, with: varint(UInt64(bitPattern: number())))
    default: swapPieces(&bytes, place..<end)
    }
  }

  private mutating func swapPieces(_ bytes: inout [UInt8], _ range: Range<Int>) {
    let start = below(bytes.count - range.count + 1)
    for offset in 0..<range.count { bytes.swapAt(range.lowerBound + offset, start + offset) }
  }

  private func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

extension Mutator {
  private mutating func change(_ model: inout ONNXModelProto) {
    switch below(10) {
    case 0...3: changeAttribute(&model.graph)
    case 4, 5: changeTensor(&model.graph)
    case 6, 7: changeNode(&model.graph)
    case 8: changeBorder(&model.graph)
    default:
      if let index = index(of: model.opsetImport) {
        model.opsetImport[index].version = below(2) == 0 ? Int64(below(28)) : number()
      }
    }
  }

  private mutating func changeAttribute(_ graph: inout ONNXGraphProto) {
    guard let node = index(of: graph.node), let place = index(of: graph.node[node].attribute),
      var attribute = try? ONNXAttributeProto(
        serializedBytes: graph.node[node].attribute[place], partial: true)
    else { return }
    switch below(6) {
    case 0: attribute.ints = (0..<below(6)).map { _ in number() }
    case 1: attribute.ints.append(number())
    case 2: attribute.f = [0, -1, .nan, .infinity, -.infinity, 1e-38][below(6)]
    case 3: attribute.s = Data(String("ij,jk->ik...".shuffled(using: &self).prefix(below(13))).utf8)
    case 4: change(&attribute.t)
    default:
      if let index = index(of: attribute.ints) { attribute.ints[index] = number() }
      attribute.i = number()
    }
    graph.node[node].attribute[place] = Data(attribute.encoded)
  }

  private mutating func changeTensor(_ graph: inout ONNXGraphProto) {
    guard let index = index(of: graph.initializer) else { return }
    change(&graph.initializer[index])
  }

  private mutating func change(_ tensor: inout ONNXTensorProto) {
    switch below(6) {
    case 0: if let axis = index(of: tensor.dims) { tensor.dims[axis] = number() }
    case 1: tensor.dims.insert(1, at: below(tensor.dims.count + 1))
    case 2: tensor.dataType = Int32(below(20))
    case 3: tensor.dims.reverse()
    default:
      let values = (0..<max(1, tensor.dims.reduce(1) { min(8, $0 &* $1) })).map { _ in number() }
      guard tensor.dataType == 7 else { return }
      tensor.rawData = Data(values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } })
      tensor.int64Data = []
      tensor.dims = [Int64(values.count)]
    }
  }

  private mutating func changeNode(_ graph: inout ONNXGraphProto) {
    guard let first = index(of: graph.node), let second = index(of: graph.node) else { return }
    let operand = index(of: graph.node[first].input)
    switch below(8) {
    case 0: graph.node.swapAt(first, second)
    case 1: graph.node[first].opType = graph.node[second].opType
    case 2: graph.node[first].input = graph.node[second].input
    case 3: if let operand { graph.node[first].input.remove(at: operand) }
    case 4: if let operand { graph.node[first].input[operand] = "" }
    case 5: graph.node[first].output = []
    case 6: graph.node[first].attribute = graph.node[second].attribute
    default: graph.node[first].output = graph.node[second].output
    }
  }

  private mutating func changeBorder(_ graph: inout ONNXGraphProto) {
    guard let index = index(of: graph.input) else { return }
    let axes = graph.input[index].type.tensorType.shape.dim
    guard let axis = self.index(of: axes) else { return }
    graph.input[index].type.tensorType.shape.dim[axis].dimValue = number()
  }
}

extension Mutator: RandomNumberGenerator {}
