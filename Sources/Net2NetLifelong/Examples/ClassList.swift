/// The classes of a model by number. A class gets its number with its first example.
struct ClassList: Hashable, Sendable {
  private(set) var names: [String]
  private var numbers: [String: Int]

  var count: Int { names.count }

  /// Names that were stored before they were checked are kept as they are, and found by what they
  /// would be kept as now.
  init(_ names: [String]) {
    self.names = names
    numbers = Dictionary(
      names.enumerated().map { (ClassName.canonical($1) ?? $1, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  subscript(name: ClassName) -> Int? { numbers[name.text] }

  /// The number of a class, which is added where there is none of that name.
  ///
  /// - Throws: ``LifelongError/tooManyClasses(name:limit:)``.
  mutating func number(of name: ClassName, most limit: Int) throws(LifelongError) -> Int {
    if let number = self[name] { return number }
    guard count < limit else { throw .tooManyClasses(name: name.text, limit: limit) }
    names.append(name.text)
    numbers[name.text] = count - 1
    return count - 1
  }
}
