extension Rewrite {
  func evaluated(on old: Tensor, as type: ElementType) -> Tensor { fatalError() }
}
