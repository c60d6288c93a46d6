/// Which of a run's processes this one is, and where they meet, as launchers tell it.
///
/// torchrun, Kubeflow's PyTorchJob and Trainer, and others set `RANK`, `WORLD_SIZE`,
/// `MASTER_ADDR` and `MASTER_PORT`; Slurm's srun sets variables of its own. What is given by
/// flags goes before the former, and those before Slurm's.
public struct Placement: Hashable, Sendable {
  /// Who has told.
  public enum Source: String, Hashable, Sendable {
    case flags
    case torchrun = "RANK and WORLD_SIZE"
    case slurm = "Slurm"
  }

  public let source: Source
  public let rank: Int
  /// The number of processes.
  public let size: Int
  /// Among the processes of one machine.
  public let localRank: Int
  public let host: String
  public let port: Int
  /// The launcher serves the store, so that no rank does.
  public let launcherServes: Bool
  /// How often the launcher has started all ranks anew.
  public let restarts: Int
  /// Rank 0 is reached by other addresses than by the one it was told, which may be `localhost`
  /// there: so it is in a pod of Kubernetes.
  let listensEverywhere: Bool

  public var servesStore: Bool { rank == 0 && !launcherServes }

  /// What flags say.
  public struct Flags: Hashable, Sendable {
    public var rank: Int?
    public var ranks: Int?
    /// Where rank 0 is: `HOST:PORT`.
    public var meeting: String?

    public init(rank: Int? = nil, ranks: Int? = nil, meeting: String? = nil) {
      self.rank = rank
      self.ranks = ranks
      self.meeting = meeting
    }
  }

  /// Nil for a process that no launcher has started.
  ///
  /// - Throws: ``TrainingError/option(_:expected:found:)``, naming the flag or variable that is
  ///   missing, is no number or contradicts another.
  public static func resolved(
    _ environment: [String: String], flags: Flags = Flags()
  ) throws(TrainingError) -> Placement? {
    let variables = Variables(environment)
    let placement: Placement?
    if flags != Flags() {
      placement = try Placement(flags, variables)
    } else if variables.has("RANK") || variables.has("WORLD_SIZE") {
      placement = try Placement(torchrun: variables)
    } else if variables.has("SLURM_STEP_ID") {
      // A batch script sees SLURM_NTASKS too, but only srun starts a step of so many tasks.
      placement = try Placement(slurm: variables)
    } else {
      placement = nil
    }
    return placement
  }

  /// More ranks than anybody starts; also keeps sums and products of their numbers small.
  static let mostRanks = 1_000_000

  private init(_ flags: Flags, _ variables: Variables) throws(TrainingError) {
    func given<T>(_ value: T?, _ name: String, _ expected: String) throws(TrainingError) -> T {
      guard let value else { throw .option(name, expected: expected, found: "nothing") }
      return value
    }
    source = .flags
    size = try given(flags.ranks, "--ranks", "the number of processes")
    try require((1...Self.mostRanks).contains(size), "--ranks", "1 to \(Self.mostRanks)", size)
    rank = try given(flags.rank, "--rank", "0 to \(size - 1)")
    try require((0..<size).contains(rank), "--rank", "0 to \(size - 1)", rank)
    let meeting = try given(flags.meeting, "--meet-at", "HOST:PORT, where rank 0 is")
    let colon = meeting.lastIndex(of: ":") ?? meeting.endIndex
    guard colon != meeting.startIndex, colon != meeting.endIndex,
      let port = Int(meeting[meeting.index(after: colon)...]), (1...65535).contains(port)
    else {
      throw .option("--meet-at", expected: "HOST:PORT, where rank 0 is", found: meeting)
    }
    host = Self.withoutBrackets(meeting[..<colon])
    self.port = port
    localRank = try variables.number("LOCAL_RANK", in: 0...size - 1, or: rank)
    launcherServes = false
    listensEverywhere = false
    restarts = 0
  }

  /// `[::1]` → `::1`
  private static func withoutBrackets(_ host: Substring) -> String {
    String(host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host)
  }

  private init(torchrun variables: Variables) throws(TrainingError) {
    source = .torchrun
    size = try variables.number("WORLD_SIZE", in: 1...Self.mostRanks)
    try Self.checkThatProcessesAreCounted(size, variables)
    rank = try variables.number("RANK", in: 0...size - 1)
    let localSize = try variables.number("LOCAL_WORLD_SIZE", in: 1...size, or: size)
    localRank = try variables.number("LOCAL_RANK", in: 0...localSize - 1, or: 0)
    if size == 1 {
      (host, port) = ("127.0.0.1", 0)
    } else {
      host = try variables.text("MASTER_ADDR", "the host of rank 0")
      port = try variables.number("MASTER_PORT", in: 1...65535)
    }
    launcherServes = variables.text("TORCHELASTIC_USE_AGENT_STORE") == "True"
    listensEverywhere = variables.has("KUBERNETES_SERVICE_HOST")
    restarts = try variables.number("TORCHELASTIC_RESTART_COUNT", in: 0...1_000_000, or: 0)
  }

  /// Some Kubeflow set-ups give the number of nodes as `WORLD_SIZE` when each has several
  /// processes.
  private static func checkThatProcessesAreCounted(
    _ size: Int, _ variables: Variables
  ) throws(TrainingError) {
    let counts = [("LOCAL_WORLD_SIZE", 0), ("PET_NPROC_PER_NODE", 0), ("LOCAL_RANK", 1)]
    for (name, offset) in counts {
      guard let value = try variables.count(name), value + offset > size else { continue }
      throw .option(
        "WORLD_SIZE",
        expected: "the number of processes, not of nodes: \(value + offset) or more by \(name),",
        found: "\(size)")
    }
    if let nodes = try variables.count("PET_NNODES"),
      let each = try variables.count("PET_NPROC_PER_NODE"), nodes * each != size
    {
      throw .option(
        "WORLD_SIZE", expected: "\(nodes * each) processes, by PET_NNODES × PET_NPROC_PER_NODE,",
        found: "\(size)")
    }
  }

  private init(slurm variables: Variables) throws(TrainingError) {
    source = .slurm
    size = try variables.number(
      variables.has("SLURM_STEP_NUM_TASKS") ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS",
      in: 1...Self.mostRanks)
    rank = try variables.number("SLURM_PROCID", in: 0...size - 1)
    localRank = try variables.number("SLURM_LOCALID", in: 0...size - 1)
    host = try Self.host(slurm: variables)
    port = try Self.port(slurm: variables)
    launcherServes = false
    listensEverywhere = false
    restarts = try variables.number("SLURM_RESTART_COUNT", in: 0...1_000_000, or: 0)
  }

  private static func host(slurm variables: Variables) throws(TrainingError) -> String {
    if let host = variables.text("MASTER_ADDR") { return host }
    // A step may have some of its job's nodes only.
    let name = variables.has("SLURM_STEP_NODELIST") ? "SLURM_STEP_NODELIST" : "SLURM_JOB_NODELIST"
    let nodes = try variables.text(name, "the nodes of the job, or MASTER_ADDR,")
    guard let first = firstHost(of: nodes) else {
      throw .option(name, expected: "such as node[01-04,07]", found: nodes)
    }
    return first
  }

  /// Jobs that share a node should not share a port.
  private static func port(slurm variables: Variables) throws(TrainingError) -> Int {
    if variables.has("MASTER_PORT") { return try variables.number("MASTER_PORT", in: 1...65535) }
    return 15000 + (try variables.number("SLURM_JOB_ID", in: 0...Int(Int32.max))) % 10000
  }

  /// `node[01-04,07],gpu1` → `node01`
  static func firstHost(of nodes: String) -> String? {
    guard let bracket = nodes.firstIndex(where: { "[,".contains($0) }) else {
      return nodes.isEmpty ? nil : nodes
    }
    let name = String(nodes[..<bracket])
    if nodes[bracket] == "," { return name.isEmpty ? nil : name }
    let number = nodes[nodes.index(after: bracket)...].prefix { $0.isNumber }
    return number.isEmpty || !nodes[bracket...].contains("]") ? nil : name + number
  }
}

extension Placement: CustomStringConvertible {
  /// As rank 0 prints it once.
  public var description: String {
    "\(size) ranks, told by \(source.rawValue); they meet at \(host):\(port), served by "
      + (launcherServes ? "the launcher" : "rank 0")
      + (restarts > 0 ? "; restart \(restarts)" : "")
  }
}

/// Variables of the environment; an empty one counts as missing.
private struct Variables {
  private let environment: [String: String]

  init(_ environment: [String: String]) { self.environment = environment }

  func has(_ name: String) -> Bool { text(name) != nil }

  func text(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  func text(_ name: String, _ expected: String) throws(TrainingError) -> String {
    guard let text = text(name) else {
      throw .option(name, expected: expected, found: "nothing")
    }
    return text
  }

  /// A number of processes or nodes; nil for what is no number, such as `gpu` or `1:4`.
  func count(_ name: String) throws(TrainingError) -> Int? {
    guard let text = text(name), text.last?.isNumber == true,
      text.allSatisfy({ $0.isNumber || "+-".contains($0) })
    else { return nil }
    return try number(name, in: 0...Placement.mostRanks)
  }

  func number(
    _ name: String, in range: ClosedRange<Int>, or fallback: Int? = nil
  ) throws(TrainingError) -> Int {
    if let fallback, !has(name) { return fallback }
    let expected = "\(range.lowerBound) to \(range.upperBound)"
    let text = try text(name, expected)
    guard let number = Int(text), range.contains(number) else {
      throw .option(name, expected: expected, found: text)
    }
    return number
  }
}
