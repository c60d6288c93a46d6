import Net2Net
import Testing
import TestSupport
@Test func p() throws {
  for f in Fixture.all { let w = try Widths(of: f.network()); print("\"\(f.name)\": [\(w.all.filter { !$0.uses.isEmpty }.map { "\"\($0.name) \($0.size) \($0.freedom.name)\"" }.joined(separator: ", "))],")
   for x in w.all where !x.freedom.reasons.isEmpty { print("   ", x.name, x.freedom.reasons) }
   print("  sites", try f.network().sites().map { "\($0.name) \($0.insertion)" }) }
}
