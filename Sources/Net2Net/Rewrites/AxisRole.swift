/// What a parameter axis does with a width.
public enum AxisRole: String, Hashable, Sendable, Codable, CaseIterable {
  /// Makes the units: rows of a weight, its bias.
  case writer
  /// Is summed over the units: columns of the next weight.
  case reader
  /// Goes along with the units: batch norm, a depthwise filter.
  case carrier
}
