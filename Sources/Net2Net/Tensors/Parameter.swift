/// A named tensor of a network: a weight, a bias, a statistic, or a constant.
///
/// The values are shared and immutable. A growth does not compute: it returns a parameter with
/// a pending ``Rewrite``, evaluated each time the parameter is read, so a network's copy costs
/// nothing and a checkpoint larger than memory can be grown tensor by tensor.
public struct Parameter: Sendable {
  /// Where the values come from.
  public indirect enum Source: Sendable {
    case tensor(Tensor)
    case generated(Filling)
    case rewritten(Source, baseShape: Shape, Rewrite)
  }

  public var name: String
  public let elementType: ElementType
  public let shape: Shape
  public let source: Source

  public init(name: String, tensor: Tensor) {
    self.name = name
    elementType = tensor.elementType
    shape = tensor.shape
    source = .tensor(tensor)
  }

  public init(name: String, elementType: ElementType, shape: Shape, filling: Filling) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    source = .generated(filling)
  }

  init(name: String, elementType: ElementType, shape: Shape, source: Source) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.source = source
  }

  /// A number of a formula, such as the 0.044715 in the tanh form of GELU: floating point, without
  /// axes. Whatever is trained lies along an axis, if only one of size 1; exporters write both as
  /// tensors, and no more than the axes tells them apart.
  public var isLiteral: Bool { shape.rank == 0 && elementType.isFloatingPoint }

  /// Floating point, and no literal: what counts as a network's size.
  public var isCounted: Bool { shape.rank > 0 && elementType.isFloatingPoint }

  public var elementCount: Int { shape.elementCount }
  public var byteCount: Int { elementCount * elementType.byteCount }

  /// The values in the parameter's own type, any pending rewrite evaluated.
  public func tensor() -> Tensor { tensor(as: elementType) }

  /// The values in another type. Rewrites are evaluated in double and rounded once, at the end,
  /// so asking for `.float64` shows a growth without float32's rounding.
  public func tensor(as type: ElementType) -> Tensor {
    Self.tensor(of: source, shape: shape, as: type)
  }

  /// True when reading the values costs a rewrite.
  public var isPending: Bool {
    if case .tensor = source { false } else { true }
  }

  /// This parameter with its rewrites carried out, for those who read it often.
  public func evaluated() -> Parameter {
    isPending ? Parameter(name: name, tensor: tensor()) : self
  }

  func rewritten(by rewrite: Rewrite) -> Parameter {
    Parameter(
      name: name, elementType: elementType, shape: rewrite.outputShape(from: shape),
      source: .rewritten(source, baseShape: shape, rewrite))
  }

  func renamed(_ name: String) -> Parameter {
    Parameter(name: name, elementType: elementType, shape: shape, source: source)
  }

  /// Nil where there is no rewrite to carry out, or none of floating-point values.
  func preparedRewrite() -> PreparedRewrite? {
    guard case .rewritten = source, elementType.isFloatingPoint else { return nil }
    let (rewrites, base) = source.chain(shape: shape)
    return PreparedRewrite(rewrites, on: base, as: elementType)
  }

  private static func tensor(of source: Source, shape: Shape, as type: ElementType) -> Tensor {
    switch source {
    case .tensor(let tensor):
      return tensor.converted(to: type)
    case .generated(let filling):
      return filling.tensor(shape: shape, as: type)
    case .rewritten:
      let (rewrites, base) = source.chain(shape: shape)
      return Rewrite.evaluated(rewrites, on: base, as: type)
    }
  }
}

extension Parameter.Source {
  /// The rewrites that lead here, first to last, and the values that they start from.
  fileprivate func chain(shape: Shape) -> (rewrites: [Rewrite], base: Tensor) {
    switch self {
    case .tensor(let tensor): return ([], tensor)
    case .generated(let filling): return ([], filling.tensor(shape: shape, as: .float64))
    case .rewritten(let base, let baseShape, let rewrite):
      let chain = base.chain(shape: baseShape)
      return (chain.rewrites + [rewrite], chain.base)
    }
  }
}
