public import Net2Net
public import Net2NetTorch
public import Net2NetTraining

extension Network {
  /// Whether each test sample of `data` is recognised. A sample of a class that the network has no
  /// logit for is not.
  public func recognised(on data: DataSet, device: Device = .cpu) throws -> [Bool] {
    let known = min(try classCount(), data.classes.count)
    let labels = data.test.labels
    let places = labels.indices.filter { labels[$0] < known }
    var recognised = [Bool](repeating: false, count: labels.count)
    guard !places.isEmpty else { return recognised }
    let part = try data.replacing(
      training: data.test.selecting(Array(places.prefix(1))), test: data.test.selecting(places),
      classes: known)
    let predictions = try Predictions(of: self, on: part, device: device)
    for (place, isRight) in zip(places, predictions.areCorrect) { recognised[place] = isRight }
    return recognised
  }
}

/// Which older examples are learnt again.
public enum Rehearsal {
  /// As many of each class as there are, as far as they go; places in `labels`, in no order.
  public static func draw(_ count: Int, from labels: [Int], seed: UInt64) -> [Int] {
    guard count < labels.count else { return Array(labels.indices) }
    let draw = Draw(seed: seed).derived(for: "rehearsal")
    var byClass: [Int: [Int]] = [:]
    for place in draw.permutation(of: labels.count) {
      byClass[labels[place], default: []].append(place)
    }
    // The scarcest classes first, so that what they lack is shared by the others.
    var left = byClass.sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }.map(\.value)[
      ...]
    var chosen: [Int] = []
    while let places = left.popFirst() {
      let share = (count - chosen.count + left.count) / (left.count + 1)
      chosen += places.prefix(min(share, count - chosen.count))
    }
    return chosen
  }
}
