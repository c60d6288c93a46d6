internal import Foundation
public import Net2Net
internal import Net2NetFiles
public import Net2NetTraining

/// Runs strategies over a stream and records what becomes of them. Each arrival of each strategy is
/// saved before the next, so a simulation can be ended at any time and taken up again.
public struct Simulation {
  public let settings: SimulationSettings
  public let stream: SimulatedStream
  public let folder: String
  public private(set) var record: SimulationRecord
  private let architecture: Architecture

  private static let recordName = "record.json"

  /// Goes on with what is in `folder` where it holds a simulation with the same settings.
  ///
  /// - Throws: ``LifelongError/otherSimulation(folder:)`` where it holds another one, or one of
  ///   another version of the program.
  public init(
    _ data: DataSet, architecture: Architecture = .convnet, settings: SimulationSettings,
    folder: String, producer: String, machine: String
  ) throws {
    try settings.validate()
    self.settings = settings
    self.architecture = architecture
    self.folder = folder
    stream = try SimulatedStream(data, settings)
    var examples: [Int] = []
    for arrival in stream.arrivals { examples.append((examples.last ?? 0) + arrival.new.count) }
    record = SimulationRecord(
      producer: producer, settings: settings, data: data.name, machine: machine,
      examples: examples, taskEnds: stream.taskEnds, points: [:])
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard FileManager.default.fileExists(atPath: recordFile) else { return }
    let content = try FileContents.data(of: recordFile)
    guard let begun = try? JSONDecoder().decode(SimulationRecord.self, from: content),
      begun.settings == settings, begun.data == data.name
    else { throw LifelongError.otherSimulation(folder: folder) }
    record = begun
  }

  private var recordFile: String { "\(folder)/\(Self.recordName)" }

  /// Runs what is left of some strategies, one after another.
  ///
  /// - Parameter observe: called after each arrival.
  /// - Returns: false where `cancellation` was requested before the end.
  public mutating func run(
    _ strategies: [Strategy] = Strategy.allCases, cancellation: Cancellation = Cancellation(),
    observing observe: (Strategy, SimulationRecord.Point) -> Void = { _, _ in }
  ) throws -> Bool {
    for strategy in strategies {
      var participant = try self.participant(strategy)
      let first = record.points[strategy]?.count ?? 0
      for arrival in first..<max(first, stream.arrivals.count) {
        guard let point = try participant.take(arrival, cancellation) else { return false }
        record.points[strategy, default: []].append(point)
        try save(participant, strategy, after: arrival)
        observe(strategy, point)
      }
    }
    return true
  }

  private func participant(_ strategy: Strategy) throws -> Participant {
    var participant = Participant(
      strategy: strategy, stream: stream, settings: settings, architecture: architecture)
    if let last = record.points[strategy]?.last {
      participant.work = last.work
      try participant.restore(from: stateFolder(strategy, last.arrival))
    }
    return participant
  }

  private func stateFolder(_ strategy: Strategy, _ arrival: Int) -> String {
    "\(folder)/\(strategy.rawValue)-\(arrival + 1)"
  }

  /// The state before the record that counts on it; the state before that one goes last.
  private func save(_ participant: Participant, _ strategy: Strategy, after arrival: Int) throws {
    try AtomicDirectory.write(stateFolder(strategy, arrival)) { try participant.write(into: $0) }
    try AtomicFile.write(try json(record) + "\n", to: recordFile, overwriting: true)
    try? FileManager.default.removeItem(atPath: stateFolder(strategy, arrival - 1))
  }
}
