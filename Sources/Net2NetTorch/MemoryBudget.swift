import Foundation

/// How much memory a run may take, decided before anything is allocated for it: sizes come from
/// files and from clients, and memory that the system promises and does not have ends the process.
public struct MemoryBudget: Hashable, Sendable {
  public var bytes: Int
  /// Who says so: the beginning of `this machine has 8.0 GB`.
  public var reason: String

  public init(bytes: Int, reason: String) {
    self.bytes = bytes
    self.reason = reason
  }

  /// The environment variable that states a budget: `8GB`, `512 MiB`, or a number of bytes.
  public static let variable = "NET2NET_MEMORY"

  /// What ``variable`` states, else the limit of the process's control group, else the machine's
  /// memory.
  ///
  /// - Throws: ``EngineError/memorySetting(_:)``.
  public static func ofThisProcess() throws(EngineError) -> MemoryBudget {
    try measured.get()
  }

  private static let measured = Result { () throws(EngineError) in
    try MemoryBudget(
      setting: ProcessInfo.processInfo.environment[variable],
      groupLimit: ControlGroup.ofThisProcess?.memoryLimit,
      machine: Int(clamping: ProcessInfo.processInfo.physicalMemory))
  }

  init(setting: String?, groupLimit: Int?, machine: Int) throws(EngineError) {
    if let setting {
      guard let bytes = Self.bytes(setting) else { throw .memorySetting(setting) }
      self.init(bytes: bytes, reason: "\(Self.variable) allows")
    } else if let groupLimit, groupLimit < machine {
      self.init(bytes: groupLimit, reason: "this process may have")
    } else {
      self.init(bytes: machine, reason: "this machine has")
    }
  }

  /// The smaller of both.
  func limited(to other: MemoryBudget?) -> MemoryBudget {
    guard let other, other.bytes < bytes else { return self }
    return other
  }

  /// `1.5GB` as 1,500,000,000; nil for what is no positive amount.
  private static func bytes(_ text: String) -> Int? {
    let text = text.filter { $0 != " " }.lowercased()
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let units = [
      "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12,
      "tb": 1e12, "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30, "tib": 0x1p40,
    ]
    guard let number = Double(digits), let unit = units[String(text.dropFirst(digits.count))]
    else { return nil }
    let bytes = number * unit
    return bytes >= 1 ? Int(exactly: bytes.rounded()) : nil
  }
}

extension MemoryBudget: CustomStringConvertible {
  public var description: String { "\(reason) \(Self.text(bytes))" }

  /// `15.2 GB`, decimal.
  static func text(_ bytes: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 999.95, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return unit == 0 ? "\(bytes) bytes" : String(format: "%.1f ", value) + units[unit]
  }
}

/// The control groups of Linux that this process is in, innermost first: containers and service
/// managers state their limits there.
struct ControlGroup {
  /// Files that may state a limit of memory.
  let limits: [String]

  /// Nil where there are none.
  static var ofThisProcess: ControlGroup? {
    guard let lines = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else {
      return nil
    }
    return ControlGroup(lines)
  }

  /// - Parameter lines: `hierarchy:controllers:path`, the second empty for the unified hierarchy.
  init(_ lines: String) {
    var limits: [String] = []
    for line in lines.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isUnified = parts[1].isEmpty
      guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
      let root = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
      let file = isUnified ? "memory.max" : "memory.limit_in_bytes"
      var names = parts[2].split(separator: "/")
      while true {
        limits.append(([root] + names.map(String.init) + [file]).joined(separator: "/"))
        guard !names.isEmpty else { break }
        names.removeLast()
      }
    }
    self.limits = limits
  }

  /// The smallest; nil where none is stated.
  var memoryLimit: Int? {
    limits.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
      .compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
      .filter { $0 > 0 }.min()
  }
}
