/// The middle one; the upper of two.
public func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

public func seconds(_ body: () throws -> Void) rethrows -> Double {
  let duration = try ContinuousClock().measure(body)
  return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}
