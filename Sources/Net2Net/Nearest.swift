/// The candidates most like a misspelt name, best first, at most three; none that are far off.
public func nearest(to name: String, among candidates: [String]) -> [String] {
  let limit = max(2, name.count / 2)
  let scored = candidates.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }
  let prefixed = scored.map { candidate, distance in
    (candidate, candidate.lowercased().hasPrefix(name.lowercased()) ? min(distance, 1) : distance)
  }
  return prefixed.filter { $0.1 <= limit }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3)
    .map(\.0)
}

/// Levenshtein's distance, two rows at a time.
private func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (i, a) in left.enumerated() {
    var next = [i + 1]
    for (j, b) in right.enumerated() {
      next.append(min(row[j + 1] + 1, next[j] + 1, row[j] + (a == b ? 0 : 1)))
    }
    row = next
  }
  return row[right.count]
}
