internal import Foundation

/// How far what arrives now has moved from what arrived first: of the inputs by a few numbers that
/// sum each one up, of the classes, and of the accuracy. In bounded memory, whatever arrives.
///
/// The first examples are the reference. What comes later is remembered with a weight that halves
/// every `halfLife` examples. For each feature two effect sizes are told, which, unlike p-values, do
/// not grow with the number of examples:
///
/// - the standardised mean difference, (m − m₀) / √((s² + s₀²) / 2) (Cohen, *Statistical Power
///   Analysis for the Behavioral Sciences*, 1988: 0.2 small, 0.5 medium, 0.8 large);
/// - the population stability index, Σ (p − q) ln(p / q) over the tenths of the reference (usual
///   reading in credit scoring: below 0.1 stable, above 0.25 moved).
///
/// Classes have an index of their own. Accuracy is that of predictions made before an example was
/// learnt from; its effect size is Cohen's h, 2 asin √a − 2 asin √a₀.
public struct Drift: Hashable, Sendable, Codable {
  /// How many of the first examples are the reference.
  public let referenceSize: Int
  /// Examples after which a later one counts half.
  public let halfLife: Double

  private var waiting: [[Double]] = []
  private var features: [FeatureDrift] = []
  private var referenceClasses: [Int: Double] = [:]
  private var recentClasses: [Int: Double] = [:]
  private var seen = 0
  private var referenceAccuracy = WeightedMean()
  private var recentAccuracy = WeightedMean()

  public init(referenceSize: Int = 500, halfLife: Double = 500) {
    self.referenceSize = max(20, referenceSize)
    self.halfLife = max(1, halfLife)
  }

  /// Takes note of an example.
  ///
  /// - Parameters:
  ///   - summary: see ``FeatureSummary``; as many numbers each time.
  ///   - isRecognised: whether it was before it was learnt from; nil where nobody tried.
  public mutating func record(summary: [Double], label: Int, isRecognised: Bool?) {
    seen += 1
    let isReference = seen <= referenceSize
    let kept = isReference ? 1 : exp2(-1 / halfLife)
    if isReference {
      waiting.append(summary)
      referenceClasses[label, default: 0] += 1
      if waiting.count == referenceSize { settle() }
    } else {
      for index in features.indices where index < summary.count {
        features[index].record(summary[index], kept: kept)
      }
      for known in recentClasses.keys { recentClasses[known]? *= kept }
      recentClasses[label, default: 0] += 1
    }
    guard let isRecognised else { return }
    if isReference {
      referenceAccuracy.add(isRecognised ? 1 : 0, kept: 1)
    } else {
      recentAccuracy.add(isRecognised ? 1 : 0, kept: kept)
    }
  }

  private mutating func settle() {
    let count = waiting.map(\.count).min() ?? 0
    features = (0..<count).map { index in FeatureDrift(reference: waiting.map { $0[index] }) }
    waiting = []
  }

  /// Indices of fewer examples say more of chance than of drift.
  static let leastRecent = 50

  /// What has been seen so far; nil where the reference is not complete, or too little came after.
  public var report: DriftReport? {
    guard !features.isEmpty, seen >= referenceSize + Self.leastRecent else { return nil }
    return DriftReport(
      examples: seen,
      meanDifferences: features.map(\.meanDifference),
      stabilityIndices: features.map(\.stability),
      classStabilityIndex: stabilityIndex(
        classes.map { referenceClasses[$0] ?? 0 }, classes.map { recentClasses[$0] ?? 0 }),
      referenceAccuracy: referenceAccuracy.value, recentAccuracy: recentAccuracy.value)
  }

  private var classes: [Int] { Set(referenceClasses.keys).union(recentClasses.keys).sorted() }
}

/// What ``Drift`` tells.
public struct DriftReport: Hashable, Sendable, Codable {
  public var examples: Int
  /// By feature, standardised.
  public var meanDifferences: [Double]
  public var stabilityIndices: [Double]
  public var classStabilityIndex: Double
  /// Of predictions made before learning; nil where there were none.
  public var referenceAccuracy: Double?
  public var recentAccuracy: Double?

  /// Cohen's h; below zero where accuracy went down.
  public var accuracyEffect: Double? {
    guard let referenceAccuracy, let recentAccuracy else { return nil }
    return 2 * asin(recentAccuracy.squareRoot()) - 2 * asin(referenceAccuracy.squareRoot())
  }

  public var largestMeanDifference: Double { meanDifferences.map(abs).max() ?? 0 }
  public var largestStabilityIndex: Double { stabilityIndices.max() ?? 0 }

  /// A sentence for each thing that has moved far enough to be told of.
  public var warnings: [String] {
    var warnings: [String] = []
    if largestMeanDifference >= 0.5 || largestStabilityIndex >= 0.25 {
      warnings.append(
        "inputs have moved: standardised mean difference up to \(figure(largestMeanDifference)), "
          + "stability index up to \(figure(largestStabilityIndex))")
    }
    if classStabilityIndex >= 0.25 {
      warnings.append(
        "the mix of classes has moved: stability index \(figure(classStabilityIndex))")
    }
    if let effect = accuracyEffect, effect <= -0.2 {
      warnings.append(
        "accuracy on what arrives has gone down: \(percent(referenceAccuracy ?? 0)) to "
          + "\(percent(recentAccuracy ?? 0)), h = \(figure(effect))")
    }
    return warnings
  }
}

/// One number of the summaries: the reference, in tenths, and what came lately.
private struct FeatureDrift: Hashable, Sendable, Codable {
  let mean: Double
  let variance: Double
  /// Between the tenths; equal ones are left out.
  let edges: [Double]
  let shares: [Double]
  var recent = WeightedMean()
  var counts: [Double]

  init(reference: [Double]) {
    let count = Double(reference.count)
    let mean = reference.reduce(0, +) / count
    self.mean = mean
    variance = reference.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)
    let sorted = reference.sorted()
    var edges: [Double] = []
    for tenth in 1..<10 {
      let edge = sorted[sorted.count * tenth / 10]
      if edge > edges.last ?? sorted[0] { edges.append(edge) }
    }
    self.edges = edges
    var shares = [Double](repeating: 0, count: edges.count + 1)
    for value in reference { shares[Self.bin(value, edges)] += 1 }
    self.shares = shares
    counts = shares.map { _ in 0 }
  }

  private static func bin(_ value: Double, _ edges: [Double]) -> Int {
    edges.firstIndex { value < $0 } ?? edges.count
  }

  mutating func record(_ value: Double, kept: Double) {
    recent.add(value, kept: kept)
    for index in counts.indices { counts[index] *= kept }
    counts[Self.bin(value, edges)] += 1
  }

  var meanDifference: Double {
    let spread = ((variance + recent.variance) / 2).squareRoot()
    let difference = (recent.value ?? mean) - mean
    guard spread > 0 else { return difference == 0 ? 0 : difference < 0 ? -10 : 10 }
    return difference / spread
  }

  var stability: Double { stabilityIndex(shares, counts) }
}

/// Σ (p − q) ln(p / q) of two histograms. Half an example is added to each bin, so that an empty
/// one gives a number.
private func stabilityIndex(_ reference: [Double], _ recent: [Double]) -> Double {
  let sums = (reference.reduce(0, +), recent.reduce(0, +))
  let bins = Double(reference.count)
  return zip(reference, recent).reduce(0) { sum, counts in
    let q = (counts.0 + 0.5) / (sums.0 + bins / 2)
    let p = (counts.1 + 0.5) / (sums.1 + bins / 2)
    return sum + (p - q) * log(p / q)
  }
}

/// Mean and variance of numbers that count less the older they are (West 1979's update).
private struct WeightedMean: Hashable, Sendable, Codable {
  private var weight = 0.0
  private var mean = 0.0
  private var squares = 0.0

  mutating func add(_ number: Double, kept: Double) {
    weight = weight * kept + 1
    squares *= kept
    let step = number - mean
    mean += step / weight
    squares += step * (number - mean)
  }

  var value: Double? { weight > 0 ? mean : nil }
  var variance: Double { weight > 1 ? squares / weight : 0 }
}

/// A few numbers that sum an example up: its mean, its spread, and the means of up to 14 equal
/// stretches of it, in the order that its numbers are stored: bands of an image, or features.
public enum FeatureSummary {
  public static let mostStretches = 14

  public static func numbers(of example: [Float]) -> [Double] {
    guard !example.isEmpty else { return [] }
    let values = example.map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    let count = min(mostStretches, values.count)
    let stretches = (0..<count).map { index in
      let part = values[values.count * index / count..<values.count * (index + 1) / count]
      return part.reduce(0, +) / Double(part.count)
    }
    return [mean, variance.squareRoot()] + stretches
  }
}
