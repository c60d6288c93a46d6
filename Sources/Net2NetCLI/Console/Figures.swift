/// Numbers as people read them, the same in every locale.
enum Figures {
  /// `38,746`
  static func grouped(_ count: Int) -> String {
    var digits = Array(String(count.magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: position)
    }
    return (count < 0 ? "-" : "") + String(digits)
  }

  /// The same, rounded; as it is where that is no whole number.
  static func grouped(_ value: Double) -> String {
    Int(exactly: value.rounded()).map(grouped) ?? "\(value)"
  }

  /// `3.71 M`: three digits and a decimal prefix.
  static func scaled(_ count: Int) -> String { scaled(Double(count)) }

  static func scaled(_ value: Double) -> String {
    let units = ["", " k", " M", " G", " T", " P", " E"]
    var value = value
    var unit = 0
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
    return fixed(value, decimals: decimals) + units[unit]
  }

  static func fixed(_ value: Double, decimals: Int) -> String {
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    guard abs(value) < 1e15,
      let scaled = Int(exactly: (value.magnitude * Double(scale)).rounded())
    else { return "\(value)" }
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(scaled) }
    let fraction = String(scaled % scale)
    return "\(sign)\(scaled / scale).\(String(repeating: "0", count: decimals - fraction.count))"
      + fraction
  }

  /// `1.2e-13`, and `0` for nothing at all.
  static func scientific(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
    var exponent = 0
    var mantissa = value.magnitude
    while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let sign = value < 0 ? "-" : ""
    return "\(sign)\(fixed(mantissa, decimals: 1))e\(exponent < 0 ? "-" : "+")"
      + (abs(exponent) < 10 ? "0" : "") + String(abs(exponent))
  }

  /// Three digits: `0.05`, `0.0123`, `1.2e-05`, `5e-04`.
  static func significant(_ value: Double) -> String {
    guard (1e-3..<1e4).contains(value.magnitude) else {
      return scientific(value).replacing(".0e", with: "e")
    }
    var decimals = 2
    var size = value.magnitude
    while size < 1 { (size, decimals) = (size * 10, decimals + 1) }
    while size >= 10, decimals > 0 { (size, decimals) = (size / 10, decimals - 1) }
    return fixed(value, decimals: decimals).withoutTrailingZeros
  }

  /// `90.3 %` of a share between 0 and 1.
  static func percent(_ share: Double) -> String { fixed(share * 100, decimals: 1) + " %" }

  /// `1.5x`, `2x`
  static func factor(_ factor: Double) -> String {
    fixed(factor, decimals: 4).withoutTrailingZeros + "x"
  }

  /// `12.4 s`, `3 min 20 s`, `2 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds >= 60, let whole = Int(exactly: seconds.rounded()) else {
      return fixed(seconds, decimals: 1) + " s"
    }
    guard whole >= 3600 else { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

extension String {
  /// `1.50 k` as `1.5 k`, for the ticks of an axis.
  var withoutTrailingZeros: String {
    let parts = split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard let number = parts.first, number.contains(".") else { return self }
    var digits = number
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return ([String(digits)] + parts.dropFirst().map(String.init)).joined(separator: " ")
  }
}
