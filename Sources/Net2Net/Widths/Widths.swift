/// The widths of a network, and how every axis is made up of them.
public struct Widths: Sendable {
  /// In the order of their first writers.
  public internal(set) var all: [Width]
  public let types: ValueTypes
  let layouts: [TensorAxis: AxisLayout]
  let locals: [LocalWidth: AxisLayout]
  /// What each parameter axis does. Axes not listed do nothing that growth could follow.
  let roles: [TensorAxis: AxisRole]
  let summaries: [Summary]
  /// Scales and shifts of norms that make up for what a tied parameter sums over.
  let absorbers: Set<TensorAxis>

  /// One axis of a value or a parameter.
  struct TensorAxis: Hashable, Sendable {
    var tensor: String
    var axis: Int
  }

  /// An axis that an operator summarises over.
  struct Summary: Sendable {
    var layout: AxisLayout
    var statistic: Statistic
    var node: String
    /// The parameter axis that makes up for a divisor.
    var gain: TensorAxis?
  }

  /// A width that belongs to a node.
  struct LocalWidth: Hashable, Sendable {
    var node: String
    var name: String
  }

  /// The layout of an axis of a value or a parameter; nil where shape inference had to stop.
  public func layout(of tensor: String, axis: Int) -> AxisLayout? {
    layouts[TensorAxis(tensor: tensor, axis: axis)]
  }

  public subscript(name: String) -> Width? { all.first { $0.name == name } }

  func index(of name: String) throws(NetworkError) -> Int {
    guard let index = all.firstIndex(where: { $0.name == name }) else {
      throw .unknownWidth(name, nearest: nearest(to: name, among: all.map(\.name)))
    }
    return index
  }

  /// A layout in terms of width names: `conv1 × 49`, `a ++ b`.
  public func description(of layout: AxisLayout) -> String {
    layout.segments.map { segment in
      segment.map { factor in
        switch factor {
        case .width(let width): all[width].name
        case .constant(let size): String(size)
        case .symbol(let name): name
        }
      }.joined(separator: " × ")
    }.joined(separator: " ++ ")
  }
}
