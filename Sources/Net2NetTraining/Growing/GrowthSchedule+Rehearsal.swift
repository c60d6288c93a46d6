internal import Net2Net

extension GrowthSchedule {
  /// Carries the plan out without computing anything, so that a name that is not there is told before
  /// the run begins and not hours later. What comes behind a growth that advice will choose is not
  /// known yet.
  ///
  /// - Throws: ``TrainingError/impossibleGrowth(_:reason:)``.
  func rehearse(on network: Network, from first: Int) throws(TrainingError) {
    var network = network
    for (index, step) in steps.enumerated().dropFirst(first) {
      guard case .growths(let growths) = step.choice else { return }
      do {
        network = try network.grown(
          by: GrowthPlan(seed: seed(ofStep: index), growths: growths)
        ) { try Self.standardStatistics(of: $1, in: $0) }.network
      } catch {
        throw .impossibleGrowth(index + 1, reason: "\(error)")
      }
    }
  }

  /// Means of 0 and variances of 1, in place of measured ones.
  static func standardStatistics(
    of values: [String], in network: Network
  ) throws -> [String: ChannelStatistics] {
    let types = try network.validate()
    var statistics: [String: ChannelStatistics] = [:]
    for value in values {
      guard let type = types[value], type.rank > 1, let channels = type.dimensions[1].size else {
        continue
      }
      statistics[value] = ChannelStatistics(
        mean: [Double](repeating: 0, count: channels),
        variance: [Double](repeating: 1, count: channels))
    }
    return statistics
  }
}
