import Net2Net
import Net2NetTraining

/// 1 × 4 × 4 images, each of one of `classes` patterns drawn at random, with noise: one hidden unit
/// or two are too few to tell eight of them apart.
func patterns(training: Int = 600, test: Int = 200, classes: Int = 8) throws -> DataSet {
  let patterns = Draw(seed: 5)
  func split(_ count: Int, seed: UInt64) throws -> DataSplit {
    let draw = Draw(seed: seed)
    let images = Tensor(elementType: .uint8, shape: [count, 1, 4, 4]) { index in
      let label = index / 16 % classes
      let isBright = patterns.integer(label * 16 + index % 16, below: 2) == 1
      return Double((isBright ? 100 : 40) + draw.integer(index, below: 116))
    }
    return try DataSplit(name: "patterns", images: images, labels: (0..<count).map { $0 % classes })
  }
  return try DataSet(
    name: "patterns", classes: (0..<classes).map { "pattern \($0)" },
    training: split(training, seed: 1), test: split(test, seed: 2))
}

/// Flattened, one hidden layer, logits.
func perceptron(hidden: Int, classes: Int = 8, seed: UInt64 = 3) throws -> Network {
  var builder = NetworkBuilder(name: "perceptron", seed: seed)
  let input = builder.input([1, 4, 4])
  let flat = try builder.flatten(input, name: "flatten")
  let hidden = try builder.relu(try builder.dense(flat, features: hidden, name: "hidden"))
  return try builder.network(output: try builder.dense(hidden, features: classes, name: "head"))
}
