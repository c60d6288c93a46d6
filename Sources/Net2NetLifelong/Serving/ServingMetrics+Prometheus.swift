/// Prometheus' text form, version 0.0.4.
struct PrometheusText {
  private(set) var text = ""

  typealias Labels = KeyValuePairs<String, String>

  mutating func counter(_ name: String, _ help: String, _ samples: [(Labels, Int)]) {
    family(name, "counter", help)
    for (labels, value) in samples { text += "\(name)\(Self.text(labels)) \(value)\n" }
  }

  mutating func gauge(_ name: String, _ help: String, _ samples: [(Labels, Double)]) {
    family(name, "gauge", help)
    for (labels, value) in samples { text += "\(name)\(Self.text(labels)) \(value)\n" }
  }

  /// A value may hold anything; of it, the form escapes these three.
  private static func text(_ labels: Labels) -> String {
    guard !labels.isEmpty else { return "" }
    let pairs = labels.map { label, value in
      var escaped = String.UnicodeScalarView()
      for scalar in value.unicodeScalars {
        switch scalar {
        case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
        case "\\", "\"":
          escaped.append("\\")
          escaped.append(scalar)
        default: escaped.append(scalar)
        }
      }
      return "\(label)=\"\(String(escaped))\""
    }
    return "{\(pairs.joined(separator: ","))}"
  }

  mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
    family(name, "histogram", help)
    var total = 0
    for (end, count) in zip(histogram.ends, histogram.counts) {
      total += count
      text += "\(name)_bucket{le=\"\(end)\"} \(total)\n"
    }
    text += "\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n"
    text += "\(name)_sum \(histogram.sum)\n\(name)_count \(histogram.count)\n"
  }

  private mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }
}

extension ServingMetrics {
  /// - Parameter roles: for the gauges of what is served now.
  func prometheus(_ roles: Deployment.Roles) -> String {
    let counts = snapshot
    var text = PrometheusText()
    text.counter(
      "net2net_requests_total", "HTTP requests answered, by route and status.",
      counts.requests.sorted { $0.key < $1.key }.map {
        (["route": $0.key.route, "status": "\($0.key.status)"], $0.value)
      })
    text.histogram(
      "net2net_inference_seconds", "Seconds from a request's body to its answer.", counts.latency)
    text.histogram(
      "net2net_batch_examples", "Examples that were run together.", counts.batches)
    text.counter(
      "net2net_answers_total", "Answered inference requests by model version.",
      counts.answers.sorted { $0.key < $1.key }.map { (["version": "\($0.key)"], $0.value) })
    text.counter(
      "net2net_examples_total", "Labelled examples acknowledged.", [([:], counts.examples)])
    text.counter("net2net_swaps_total", "Changes of the champion.", [([:], counts.swaps)])
    text.counter(
      "net2net_withdrawals_total", "Candidates withdrawn.", [([:], counts.withdrawals)])
    text.gauge(
      "net2net_version", "The version in each role.",
      [
        ("champion", roles.champion), ("previous", roles.previous),
        ("candidate", roles.candidate?.version),
      ].compactMap { role, version in
        version.map { (["role": role], Double($0.number)) }
      })
    text.gauge(
      "net2net_waiting_requests", "Requests that wait for the network.",
      [([:], Double(roles.all.reduce(0) { $0 + $1.waiting }))])
    text.gauge("net2net_uptime_seconds", "Seconds since the server began.", [([:], uptime)])
    return text.text
  }
}
