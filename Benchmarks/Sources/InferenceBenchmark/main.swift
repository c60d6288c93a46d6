// Width inference on long networks: it has to grow linearly with the number of nodes.
//
// Prints, for residual chains of 25,000 to 100,000 nodes, the time of shape inference and of width
// inference, and the time a node.

import BenchmarkSupport
import Foundation
import Net2Net

/// Dense, ReLU, dense, addition: four nodes a block.
func chain(nodes: Int) throws -> Network {
  let features = 8
  var builder = NetworkBuilder(name: "chain", seed: 1)
  var h = try builder.dense(builder.input([features]), features: features)
  for block in 0..<nodes / 4 {
    let inner = try builder.relu(
      builder.dense(h, features: 16, name: "up\(block)"), name: "relu\(block)")
    h = try builder.add(
      h, builder.dense(inner, features: features, name: "down\(block)"), name: "add\(block)")
  }
  return try builder.network(output: builder.dense(h, features: 2))
}

print("nodes     shapes s   widths s   widths, µs a node   widths found")
for nodes in [25_000, 50_000, 100_000] {
  let network = try chain(nodes: nodes)
  let shapes = try seconds { _ = try network.validate() }
  var found = 0
  let widths = try seconds { found = try Widths(of: network).all.count }
  let each = widths / Double(nodes) * 1e6
  print(
    "\(nodes)".padded(10) + "\(rounded(shapes))".padded(11) + "\(rounded(widths))".padded(11)
      + "\(rounded(each))".padded(20) + "\(found)")
}

func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

extension String {
  func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(width - count, 1))
  }
}
