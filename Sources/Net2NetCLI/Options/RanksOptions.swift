import ArgumentParser
import Foundation
import Net2NetTraining

/// For commands that several processes run together: which of them this one is, unless a launcher
/// says so.
struct RanksOptions: ParsableArguments {
  @Option(help: "How many processes learn together; as a launcher's variables say unless given.")
  var ranks: Int?

  @Option(help: "Which of them this one is, from 0.")
  var rank: Int?

  @Option(help: "HOST:PORT where rank 0 is to be met.")
  var meetAt: String?

  @Option(
    help: """
      The network interface to the other ranks, such as eth0; GLOO_SOCKET_IFNAME, or the one that \
      leads to rank 0, unless given.
      """)
  var interface: String?

  @Option(help: "Seconds after which a rank that does not answer is taken for lost.")
  var timeout = 300

  func validate() throws {
    guard timeout >= 1 else {
      throw ValidationError("timeout: 1 second or more expected, \(timeout) found")
    }
    try atMost(Self.longestTimeout, "timeout", "\(Self.longestTimeout) seconds", timeout)
  }

  /// A week.
  private static let longestTimeout = 604_800

  private var environment: [String: String] { ProcessInfo.processInfo.environment }

  /// Nil for a process that no launcher has started.
  func placement() throws -> Placement? {
    try Placement.resolved(
      environment, flags: Placement.Flags(rank: rank, ranks: ranks, meeting: meetAt))
  }

  /// Returns once all ranks have met.
  func met(at placement: Placement?) throws -> Ranks {
    guard let placement, placement.size > 1 else { return .alone }
    if placement.rank == 0 { Progress().note("\(placement)") }
    return try Ranks(
      placement, interface: interface ?? environment["GLOO_SOCKET_IFNAME"],
      timeOut: .seconds(timeout))
  }
}
