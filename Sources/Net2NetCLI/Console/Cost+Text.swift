import Net2Net

extension Cost {
  /// `38,746 parameters, 3.71 M multiply-adds an example`
  var sentence: String {
    "\(Figures.grouped(parameters)) parameters, "
      + "\(Figures.scaled(multiplyAdds)) multiply-adds an example"
  }
}
