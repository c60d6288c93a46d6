import ArgumentParser
import Net2Net
import Net2NetTraining

/// A data set named on the command line; a misspelt one is wrong usage.
func dataSpecification(_ text: String) throws -> DataSpecification {
  do {
    return try DataSpecification(text)
  } catch {
    throw ValidationError("\(error)")
  }
}

extension DataSet {
  /// The first `count` test images as a network's inputs; nil where the network does not take
  /// images of this shape.
  func examples(_ count: Int, for network: Network) -> [String: Tensor]? {
    guard network.graph.inputs.count == 1, let input = network.graph.inputs.first,
      input.type.shape(batch: 1) == Shape([1] + imageShape.sizes)
    else { return nil }
    let loader = BatchLoader(
      test, normalization: normalization, batchSize: count, order: .sequential)
    var batches = loader.batches()
    return batches.next().map { [input.name: $0.images] }
  }
}
