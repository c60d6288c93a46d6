internal import OrderedCollections

/// The origins of a student's parameters and nodes, by their names in the student.
///
/// A name without an entry is ``Origin/same``: the teacher has it too, unchanged.
///
/// Over several growths there are two forms. A *history* (``followed(by:)``) names what each thing was
/// made from when it was made, which may itself have been made by an earlier growth. It is complete,
/// for growths neither rename nor remove anything. ``sinceTheTeacher`` follows a history back, so that
/// all names are those of the first teacher.
public struct Origins: Hashable, Sendable {
  public var parameters: [String: Origin]
  public var nodes: [String: Origin]

  public init(parameters: [String: Origin] = [:], nodes: [String: Origin] = [:]) {
    self.parameters = parameters
    self.nodes = nodes
  }

  /// Everything is the same.
  public var isEmpty: Bool { parameters.isEmpty && nodes.isEmpty }

  /// The origins of one growth after another, relative to the first one's teacher.
  public init(composing growths: [Origins]) {
    self = growths.reduce(Origins()) { $0.followed(by: $1) }.sinceTheTeacher
  }

  /// The history of what these growths and a later one made.
  public func followed(by later: Origins) -> Origins {
    var history = self
    for (name, origin) in later.parameters { history.parameters.record(origin, name) }
    for (name, origin) in later.nodes { history.nodes.record(origin, name) }
    return history
  }

  /// A history followed back: every `from` and every site is a name in the first teacher.
  ///
  /// A copy of a copy is a copy of the original. A copy of something inserted is something inserted.
  public var sinceTheTeacher: Origins {
    Origins(
      parameters: parameters.keys.reduce(into: [:]) { $0[$1] = resolved($1, in: parameters) },
      nodes: nodes.keys.reduce(into: [:]) { $0[$1] = resolved($1, in: nodes) })
  }

  /// Without what is not in `network`. Other programs may have renamed or removed it.
  package func restricted(to network: Network) -> Origins {
    let names = Set(network.graph.nodes.map(\.name))
    return Origins(
      parameters: parameters.filter { network.parameters[$0.key] != nil },
      nodes: nodes.filter { names.contains($0.key) })
  }

  private func resolved(_ name: String, in table: [String: Origin]) -> Origin {
    var (name, isGrown) = (name, false)
    var copy: (block: String, number: Int)?
    var seen: Set<String> = []  // A file may hold a circle.
    following: while seen.insert(name).inserted, let origin = table[name] {
      switch origin {
      case .same: break following
      case .grown(let from): (name, isGrown) = (from, true)
      case .copied(let from, let block, let number):
        copy = copy ?? (block, number)
        name = from
      case .inserted(let site, let number, let part):
        return .inserted(at: root(ofNode: site), number: number, part: part)
      }
    }
    if let copy { return .copied(from: name, block: copy.block, copy: copy.number) }
    return isGrown ? .grown(from: name) : .same
  }

  /// The node of the first teacher that a node was made from, or at which it was inserted.
  private func root(ofNode name: String) -> String {
    var name = name
    var seen: Set<String> = []
    while seen.insert(name).inserted, let origin = nodes[name] {
      switch origin {
      case .same: return name
      case .grown(let from), .copied(let from, _, _), .inserted(let from, _, _): name = from
      }
    }
    return name
  }

  // MARK: What growths ask

  /// Whether it belongs to an inserted layer, or to a copy of one.
  func isInserted(parameter name: String) -> Bool { resolved(name, in: parameters).isInserted }

  func isInserted(node name: String) -> Bool { resolved(name, in: nodes).isInserted }

  /// A number that no insertion at the site has.
  func unusedNumber(at site: String) -> Int {
    let taken = nodes.values.compactMap { origin in
      if case .inserted(site, let number, _) = origin { number } else { nil }
    }
    return (taken.max() ?? 0) + 1
  }

  /// `number`, or the next one that no copy of the block has.
  func unusedCopy(of block: String, from number: Int) -> Int {
    let taken = Set(
      nodes.values.compactMap { origin in
        if case .copied(_, block, let number) = origin { number } else { nil }
      })
    return (number...).first { !taken.contains($0) } ?? number
  }
}

extension Origin {
  fileprivate var isInserted: Bool { if case .inserted = self { true } else { false } }
}

extension [String: Origin] {
  /// What was made stays made when it grows.
  fileprivate mutating func record(_ later: Origin, _ name: String) {
    switch later {
    case .same: break
    case .grown(name): self[name] = self[name] ?? later
    case .grown, .copied, .inserted: self[name] = later
    }
  }
}

extension Origins: Codable {
  private enum Keys { static let (parameters, nodes) = ("parameters", "nodes") }

  public init(from decoder: any Decoder) throws {
    let values = try StrictContainer(
      decoder, place: "origins", known: [Keys.parameters, Keys.nodes])
    parameters = try values.value(Keys.parameters, "origins by name") ?? [:]
    nodes = try values.value(Keys.nodes, "origins by name") ?? [:]
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: StrictContainer.Key.self)
    if !parameters.isEmpty { try values.encode(parameters, forKey: .init(Keys.parameters)) }
    if !nodes.isEmpty { try values.encode(nodes, forKey: .init(Keys.nodes)) }
  }
}

extension Network {
  /// Notes what the growth under way makes, or changes.
  mutating func record(_ origin: Origin, ofParameter name: String) {
    origins.parameters.record(origin, name)
    recorded.parameters.record(origin, name)
  }

  mutating func record(_ origin: Origin, ofNode name: String) {
    origins.nodes.record(origin, name)
    recorded.nodes.record(origin, name)
  }
}
