import OrderedCollections
import TestSupport
import Testing

@testable import Net2Net

/// Over every fixture: whatever a student has comes from something that its teacher has.
@Suite("Everything has an origin in the teacher")
struct OriginLaws {
  private struct Count {
    var same = 0, grown = 0, copied = 0, inserted = 0
  }

  @Test("after each growth alone, and after all in a row")
  func origins() throws {
    var count = Count()
    for fixture in Fixture.all {
      let teacher = try fixture.network().evaluated()
      var growths: [Growth] = [.widen(Widen(all: 2)), .randomInit(RandomInit())]
      growths += try teacher.sites().prefix(2).map {
        .deepen(Deepen(after: [$0.name], batchNorm: false))
      }
      growths += try (teacher.residualBlocks().map(\.name) + teacher.joinedBranches().map(\.name))
        .map { .repeatBlock(RepeatBlock(block: $0, times: 3)) }
      for node in teacher.graph.nodes {
        guard case .convolution = node.operation, let weight = teacher.parameters[node.inputs[1]]
        else { continue }
        let kernel = weight.shape.sizes.dropFirst(2).map { $0 + 2 }
        growths.append(.growKernel(GrowKernel(node: node.name, kernel: kernel)))
      }
      var possible: [Growth] = []
      for growth in growths {
        guard let grown = try? teacher.grown(by: GrowthPlan(growths: [growth])) else { continue }
        expectOrigins(of: grown, in: teacher, "\(fixture.name), \(growth)", &count)
        if (try? teacher.grown(by: GrowthPlan(growths: possible + [growth]))) != nil {
          possible.append(growth)
        }
      }
      let all = try teacher.grown(by: GrowthPlan(growths: possible))
      expectOrigins(of: all, in: teacher, "\(fixture.name), all", &count)
      #expect(all.network.origins.sinceTheTeacher == all.origins, "\(fixture.name)")
    }
    for number in [count.same, count.grown, count.copied, count.inserted] { #expect(number > 100) }
  }

  private func expectOrigins(
    of grown: Grown, in teacher: Network, _ place: String, _ count: inout Count
  ) {
    let origins = grown.origins
    let nodes = Dictionary(uniqueKeysWithValues: teacher.graph.nodes.map { ($0.name, $0) })
    func check(_ origin: Origin, _ name: String, _ exists: (String) -> Bool) {
      switch origin {
      case .same: count.same += 1
      case .grown: count.grown += 1
      case .copied: count.copied += 1
      case .inserted: count.inserted += 1
      }
      switch origin {
      case .same: #expect(exists(name), "\(place): \(name)")
      case .grown(let from), .copied(let from, _, _):
        #expect(exists(from), "\(place): \(name) from \(from)")
      case .inserted(let site, _, _):
        #expect(nodes[site] != nil, "\(place): \(name) at \(site)")
      }
    }
    for (name, parameter) in grown.network.parameters {
      let origin = origins.parameters[name] ?? .same
      check(origin, name) { teacher.parameters[$0] != nil }
      guard origin == .same else { continue }
      #expect(parameter.shape == teacher.parameters[name]?.shape, "\(place): \(name)")
      #expect(!parameter.isPending, "\(place): \(name)")
    }
    for node in grown.network.graph.nodes {
      let origin = origins.nodes[node.name] ?? .same
      check(origin, node.name) { nodes[$0] != nil }
      if origin == .same {
        #expect(node.operation == nodes[node.name]?.operation, "\(place): \(node.name)")
      }
    }
    // Nothing is told of what is not there.
    #expect(origins.parameters.keys.allSatisfy { grown.network.parameters[$0] != nil })
  }
}
