/// The known name that `name` was probably meant to be: fewest letters to change, at most a
/// third of them; nil when none is near.
func nearestName(to name: String, in known: [String]) -> String? {
  let ranked = known.map { (name: $0, distance: editDistance(from: name, to: $0)) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance * 3 <= max(best.name.count, name.count) ? best.name : nil
}

/// Levenshtein's distance, one row at a time.
private func editDistance(from left: String, to right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (index, letter) in left.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for column in right.indices {
      let replaced = diagonal + (letter == right[column] ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
    }
  }
  return row[right.count]
}
