internal import Net2Net

/// What is done to samples before networks see them, so that those that come later can be treated
/// as those before them were, not by what they are themselves.
public enum SamplePreparation: Hashable, Sendable, Codable {
  /// Pixels become (pixel / 255 − mean) / deviation, by channel; see ``Normalization``.
  case pixels(means: [Double], deviations: [Double])
  /// Numbers become (value − mean) / deviation, by channel or feature.
  case standardized(means: [Double], deviations: [Double])
  /// Columns of a table become features, one after the other.
  case table(columns: [PreparedColumn])
  /// Samples come as networks see them.
  case none
}

/// How a column of a table becomes features.
public enum PreparedColumn: Hashable, Sendable, Codable {
  /// (value − mean) / deviation.
  case number(name: String, mean: Double, deviation: Double)
  /// Zeros with a one in the category's place; zeros alone for a category that is not listed.
  case category(name: String, categories: [String])

  public var name: String {
    switch self {
    case .number(let name, _, _), .category(let name, _): name
    }
  }
}

extension SamplePreparation: CustomStringConvertible {
  /// In words, for whoever uses a network that learned from such samples.
  public var description: String {
    func list(_ numbers: [Double]) -> String {
      numbers.map { "\($0)" }.joined(separator: ", ")
    }
    switch self {
    case .pixels(let means, let deviations):
      return "\(Normalization(means: means, deviations: deviations))"
    case .standardized(let means, let deviations):
      return "(value - mean) / deviation, by channel or feature: mean \(list(means)), deviation "
        + list(deviations)
    case .table(let columns):
      return columns.map(\.description).joined(separator: "; ")
    case .none:
      return "none: samples come as the network sees them"
    }
  }
}

extension PreparedColumn: CustomStringConvertible {
  public var description: String {
    switch self {
    case .number(let name, let mean, let deviation):
      "\(name): (value - \(mean)) / \(deviation)"
    case .category(let name, let categories):
      "\(name): one of \(categories.joined(separator: "|"))"
    }
  }
}
