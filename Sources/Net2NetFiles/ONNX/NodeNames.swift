/// Names for nodes: their own, or the operator's with a number.
struct NodeNames {
  private var taken: Set<String>
  private var given: Set<String> = []
  private var counts: [String: Int] = [:]

  init(taken: [String]) { self.taken = Set(taken) }

  mutating func name(for proto: ONNXNodeProto) -> String {
    if !proto.name.isEmpty, given.insert(proto.name).inserted { return proto.name }
    return name(forOperator: proto.opType)
  }

  mutating func name(forOperator type: String) -> String {
    let base = type.lowercased()
    while true {
      counts[base, default: 0] += 1
      let name = "\(base)\(counts[base, default: 0])"
      if taken.insert(name).inserted { return name }
    }
  }
}
