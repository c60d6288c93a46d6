internal import Net2Net

extension TensorType {
  /// The declared type of a graph's input, output or value. A dimension without size and name
  /// gets a name of its own.
  init(_ value: ONNXValueInfoProto, file: String) throws(FilesError) {
    func malformed(_ expected: String, _ found: String) -> FilesError {
      .malformed(
        file: file, part: "value \"\(value.name)\"", expected: expected, found: found)
    }
    guard value.type.hasTensorType, value.type.tensorType.hasShape else {
      throw malformed("a tensor with a shape", "another type, or no shape")
    }
    let tensor = value.type.tensorType
    guard tensor.shape.dim.count <= Shape.largestRank else {
      throw malformed("at most \(Shape.largestRank) axes", "\(tensor.shape.dim.count)")
    }
    guard let elementType = ElementType(onnxCode: tensor.elemType) else {
      throw malformed("a known element type", "type \(tensor.elemType)")
    }
    var dimensions: [Dimension] = []
    for (axis, dimension) in tensor.shape.dim.enumerated() {
      switch dimension.value {
      case .dimValue(let size):
        guard (0...Int64(maximumSize)).contains(size) else {
          throw malformed("sizes from 0 to \(maximumSize)", "\(size) at axis \(axis)")
        }
        dimensions.append(.fixed(Int(size)))
      case .dimParam(let name) where !name.isEmpty: dimensions.append(.named(name))
      case .dimParam, nil: dimensions.append(.named("\(value.name).\(axis)"))
      }
    }
    self.init(elementType, dimensions)
    guard isPossible else {
      throw malformed("fewer than 2⁴⁸ elements", description)
    }
  }
}

extension ONNXValueInfoProto {
  /// False when some dimension has neither size nor name, so that nothing can be said of it.
  var namesItsDimensions: Bool {
    type.tensorType.shape.dim.allSatisfy { !$0.dimParam.isEmpty || $0.dimValue > 0 }
  }

  init(_ name: String, _ type: TensorType) {
    self.init()
    self.name = name
    self.type.tensorType.elemType = type.elementType.onnxCode
    self.type.tensorType.shape.dim = type.dimensions.map { dimension in
      var proto = ONNXTensorShapeProto.Dimension()
      switch dimension {
      case .fixed(let size): proto.dimValue = Int64(size)
      case .symbolic, .product: proto.dimParam = dimension.description
      }
      return proto
    }
  }
}
