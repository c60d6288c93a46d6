import Net2Net

@testable import Net2NetTraining

/// 1 × 4 × 4 images of two classes: the left or the right half bright, with noise.
func halvesDataSet(training: Int = 96, test: Int = 32) throws -> DataSet {
  func split(_ count: Int, seed: UInt64) throws -> DataSplit {
    let draw = Draw(seed: seed)
    let images = Tensor(elementType: .uint8, shape: [count, 1, 4, 4]) { index in
      let isBright = (index % 4 < 2) == ((index / 16).isMultiple(of: 2))
      return Double((isBright ? 128 : 0) + draw.integer(index, below: 128))
    }
    return try DataSplit(name: "halves", images: images, labels: (0..<count).map { $0 % 2 })
  }
  return try DataSet(
    name: "halves", classes: ["left", "right"], training: split(training, seed: 1),
    test: split(test, seed: 2))
}

/// Convolution, batch norm and dropout in small.
func smallConvNet(seed: UInt64 = 0) throws -> Network {
  var builder = NetworkBuilder(name: "small", seed: seed)
  let input = builder.input([1, 4, 4])
  let convolved = try builder.convolution(input, channels: 4, kernel: [3, 3])
  let normalized = try builder.batchNormalization(convolved)
  let flat = try builder.flatten(try builder.relu(normalized))
  let thinned = try builder.dropout(flat, ratio: 0.25)
  return try builder.network(output: try builder.dense(thinned, features: 2))
}

/// Looks at two pixels: the logits are the first two of four.
func firstTwoPixels(endingInSoftmax: Bool = false) throws -> Network {
  var builder = NetworkBuilder(name: "pixels", seed: 0)
  let input = builder.input([1, 2, 2])
  let logits = try builder.dense(try builder.flatten(input), features: 2, name: "fc")
  let output = endingInSoftmax ? try builder.softmax(logits) : logits
  var network = try builder.network(output: output)
  let weight = Tensor([1, 0, 0, 0, 0, 1, 0, 0] as [Float], shape: [2, 4])
  network.setParameter(Parameter(name: "fc.weight", tensor: weight))
  return network
}
