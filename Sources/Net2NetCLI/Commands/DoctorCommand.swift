import Net2NetFiles
import ArgumentParser
import Net2Net
import Foundation
import Net2NetTorch
import Net2NetTraining

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Tell what this machine has and lacks, and how to mend it.",
    discussion: """
      Ends with 1 when something is missing that training needs. Example:

        net2net doctor
      """)

  @Flag(help: "Print JSON for other programs.")
  var json = false

  func run() throws {
    let findings = Finding.all
    if json {
      print(try Net2NetFiles.json(findings))
    } else {
      for finding in findings { print(finding.line) }
    }
    if findings.contains(where: { $0.state == .missing }) { throw ExitCode.failure }
  }
}

/// One thing that the doctor looked at.
struct Finding: Encodable {
  enum State: String, Encodable {
    case present, missing
    /// Not here, and not needed.
    case absent
  }

  var subject: String
  var state: State
  var detail: String
  var remedy: String?

  var line: String {
    let mark =
      switch state {
      case .present: "✓"
      case .missing: "✗"
      case .absent: "–"
      }
    let space = String(repeating: " ", count: max(15 - subject.count, 1))
    return "\(mark) \(subject)\(space)\(detail)" + (remedy.map { "; \($0)" } ?? "")
  }

  static var all: [Finding] {
    [program, processors, engine] + devices + [fashionMNIST]
  }

  private static var program: Finding {
    Finding(
      subject: "net2net", state: .present,
      detail: "\(Release.version) on "
        + ProcessInfo.processInfo.operatingSystemVersionString)
  }

  private static var processors: Finding {
    let memory = Int(ProcessInfo.processInfo.physicalMemory)
    var detail =
      "\(ProcessInfo.processInfo.activeProcessorCount) cores, \(Figures.scaled(memory))B memory"
    if Engine.isAvailable { detail += ", \(Engine.threads) threads used" }
    return Finding(subject: "machine", state: .present, detail: detail)
  }

  private static var engine: Finding {
    guard let version = Engine.version else {
      return Finding(
        subject: "libtorch", state: .missing, detail: "not in this build, so nothing can be run",
        remedy: Engine.howToGetIt)
    }
    return Finding(subject: "libtorch", state: .present, detail: version)
  }

  private static var devices: [Finding] {
    guard Engine.isAvailable else { return [] }
    return Device.allCases.map { device in
      Finding(
        subject: "device \(device.rawValue)", state: device.isAvailable ? .present : .absent,
        detail: device.isAvailable
          ? readiness(of: device) : "not on this machine, or not in this libtorch")
    }
  }

  private static func readiness(of device: Device) -> String {
    let ready = device.count == 1 ? "ready" : "\(device.count), ready"
    guard device == .cuda else { return ready }
    return ready + (Engine.hasNCCL ? "; NCCL for several ranks" : "; for one process: no NCCL")
  }

  private static var fashionMNIST: Finding {
    do {
      let data = try DataSpecification.fashionMNIST.load()
      return Finding(
        subject: "fashion-mnist", state: .present,
        detail: "\(Figures.grouped(data.training.count)) images to learn from, "
          + "\(Figures.grouped(data.test.count)) to be measured by")
    } catch {
      return Finding(subject: "fashion-mnist", state: .absent, detail: "\(error)")
    }
  }
}
