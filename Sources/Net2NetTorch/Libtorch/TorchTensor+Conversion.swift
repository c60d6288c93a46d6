package import Net2Net

/// How elements lie in memory, in libtorch's numbering.
enum MemoryFormat: Int {
  case contiguous = 0
  case preserved = 1
  /// (N, C, H, W) stored as (N, H, W, C): a pixel's channels side by side, which convolutions,
  /// norms and pooling are fastest on.
  case channelsLast = 2
}

extension TorchTensor {
  /// This tensor on another device and of another type, itself where nothing changes.
  package func converted(
    to device: Device, as type: ElementType? = nil
  ) throws(EngineError) -> TorchTensor {
    if self.device == device, type == nil || type == elementType { return self }
    return try ATen.to(
      .tensor(self), type.map(Argument.elementType) ?? .absent, .absent, .device(device))
  }

  /// A copy in channels-last order, made even where sizes of 1 let libtorch call the order it
  /// has channels-last already: it would then go on in the slower order.
  func copiedChannelsLast() throws(EngineError) -> TorchTensor {
    try ATen.clone(.tensor(self), .int(MemoryFormat.channelsLast.rawValue))
  }

  /// The same values outside of any recording.
  package func detached() throws(EngineError) -> TorchTensor {
    try ATen.detach(.tensor(self))
  }

  /// Overwrites the elements, broadcasting and converting `other`.
  package func copy(from other: TorchTensor) throws(EngineError) {
    try ATen.copyInPlace.results([.tensor(self), .tensor(other)])
  }
}
