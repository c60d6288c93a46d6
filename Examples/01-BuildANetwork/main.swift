// Builds a small residual network, shows which of its widths can grow, and writes it as ONNX.

import Net2Net
import Net2NetFiles

var builder = NetworkBuilder(name: "example", seed: 1)
let image = builder.input([3, 16, 16])
let stem = try builder.relu(builder.convolution(image, channels: 8, kernel: [3, 3]))
let inner = try builder.relu(builder.convolution(stem, channels: 12, kernel: [3, 3]))
let sum = try builder.add(stem, try builder.convolution(inner, channels: 8, kernel: [3, 3]))
let pooled = try builder.flatten(builder.globalAveragePool(builder.relu(sum)))
let network = try builder.network(output: builder.dense(pooled, features: 10))

// conv1 and conv3 write the two sides of an addition, so they are one width.
for width in try Widths(of: network).all {
  let users = width.uses.map { "\($0.role) \($0.parameter)" }.joined(separator: ", ")
  print("\(width.name): \(width.size), \(width.freedom.name); \(users)")
}

if let file = CommandLine.arguments.dropFirst().first {
  try network.writeONNX(to: file)
  print("\(file): \(network.parameterCount) parameters")
}
