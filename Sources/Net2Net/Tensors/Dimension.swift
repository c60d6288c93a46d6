/// One axis of a value in a graph: a known size, a name for a size known only at run time, or a
/// product of these.
///
/// Equal sizes compare equal: a product's names are sorted, and one that is only a number or only
/// a name is written as that. Build products with ``product(of:)``, and names with ``named(_:)``:
/// both are bounded, however deep the network that computes with them.
public enum Dimension: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  case fixed(Int)
  /// Usually the batch, written `N`.
  case symbolic(String)
  /// `12·N`, the rows of twelve heads for each example of a batch.
  case product(Int, [String])

  public init(integerLiteral value: Int) { self = .fixed(value) }

  public var size: Int? {
    if case .fixed(let size) = self { size } else { nil }
  }

  /// The known factor; 1 for a name.
  public var coefficient: Int {
    switch self {
    case .fixed(let size), .product(let size, _): size
    case .symbolic: 1
    }
  }

  /// The factors known only at run time, sorted; one that occurs twice listed twice.
  public var symbols: [String] {
    switch self {
    case .fixed: []
    case .symbolic(let name): [name]
    case .product(_, let names): names
    }
  }

  /// A name alone.
  package var isSymbol: Bool {
    if case .symbolic = self { true } else { false }
  }

  /// The most names of one product.
  private static let mostSymbols = 32
  /// In bytes.
  private static let longestName = 200

  /// A size by its name, or by the expression that it is worked out by, such as `(H-1)/2+1`. Equal
  /// expressions have equal names; a long one is cut to its beginning and a checksum.
  package static func named(_ name: String) -> Dimension {
    guard name.utf8.count > longestName else { return .symbolic(name) }
    let start = String(decoding: name.utf8.prefix(48), as: UTF8.self)
    let checksum = String(Draw(seed: 0).derived(for: name).seed, radix: 16)
    return .symbolic("\(start)…\(isExpression(name) ? "+" : "")#\(checksum)")
  }

  /// Has a factor such as `(H-1)/2+1`, of which only a run can tell what divides it.
  var isDerived: Bool { symbols.contains(where: Self.isExpression) }

  private static func isExpression(_ name: String) -> Bool {
    name.utf8.contains { "+-/".utf8.contains($0) }
  }

  /// With another known factor.
  func scaled(to coefficient: Int) -> Dimension { Dimension(coefficient, symbols) }

  private init(_ coefficient: Int, _ symbols: [String]) {
    if symbols.isEmpty || coefficient == 0 {
      self = .fixed(coefficient)
    } else if coefficient == 1, symbols.count == 1 {
      self = .symbolic(symbols[0])
    } else {
      self = .product(coefficient, symbols.sorted())
    }
  }

  /// Nil where the known factors exceed `Int`, and for more than 32 names; 1 for no factors.
  public static func product(of factors: some Sequence<Dimension>) -> Dimension? {
    var product = Dimension.fixed(1)
    for factor in factors {
      let (coefficient, overflow) =
        product.coefficient.multipliedReportingOverflow(by: factor.coefficient)
      let symbols = product.symbols + factor.symbols
      guard !overflow, coefficient == 0 || symbols.count <= mostSymbols else { return nil }
      product = Dimension(coefficient, symbols)
    }
    return product
  }

  /// The factor that `divisor` lacks of this; nil where it does not divide exactly.
  public func quotient(by divisor: Dimension) -> Dimension? {
    guard divisor.coefficient > 0, coefficient.isMultiple(of: divisor.coefficient) else {
      return nil
    }
    var rest = symbols
    for symbol in divisor.symbols {
      guard let index = rest.firstIndex(of: symbol) else { return nil }
      rest.remove(at: index)
    }
    return Dimension(coefficient / divisor.coefficient, rest)
  }

  /// The size where every name stands for `batch`; `Int.max` beyond that.
  public func size(batch: Int) -> Int { size { _ in batch } }

  /// The size where names stand for what `sizes` gives; `Int.max` beyond that.
  public func size(_ sizes: (String) -> Int) -> Int {
    Shape([coefficient] + symbols.map(sizes)).checkedElementCount ?? Int.max
  }

  public var description: String {
    switch self {
    case .fixed(let size): String(size)
    case .symbolic(let name): name
    case .product(let count, let names):
      ((count == 1 ? [] : [String(count)]) + names).joined(separator: "*")
    }
  }
}
