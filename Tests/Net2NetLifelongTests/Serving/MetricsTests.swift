import Testing

@testable import Net2NetLifelong

@Suite struct MetricsTests {
  @Test func quantilesLieBetweenTheEndsOfTheirPart() {
    var histogram = Histogram(ends: [1, 2, 4])
    #expect(histogram.quantile(0.5) == nil)
    for value in [0.5, 0.5, 1.5, 3] { histogram.add(value) }
    #expect(histogram.quantile(0.5) == 1)
    #expect(histogram.quantile(0.75) == 2)
    #expect(histogram.quantile(1) == 4)
    #expect(histogram.sum == 5.5)
    histogram.add(100)
    #expect(histogram.quantile(1) == 4, "what is above all ends is only known to be that")
  }

  @Test func theLastMinuteForgetsWhatIsOlder() {
    var recent = Recent()
    recent.add(second: 3, rows: 2, seconds: 0.01)
    recent.add(second: 3, rows: 1, seconds: 0.02)
    recent.add(second: 4, rows: 1, seconds: 0.01)
    #expect(recent.last(60, before: 5).map(\.latency.count) == [0, 0, 0, 2, 1])
    #expect(recent.last(2, before: 5).map(\.rows) == [3, 1])
    recent.add(second: 63, rows: 7, seconds: 0.01)
    #expect(recent.last(60, before: 64).map(\.rows).reduce(0, +) == 7)
  }

  @Test func prometheusTextHasTypesLabelsAndCumulativeBuckets() {
    let metrics = ServingMetrics()
    metrics.countRequest("infer", status: 200)
    metrics.countRequest("infer", status: 200)
    metrics.countRequest("infer", status: 400)
    metrics.countAnswer(version: 3, rows: 2, seconds: 0.0004)
    metrics.countBatch(rows: 2)
    let text = metrics.prometheus(Deployment.Roles())
    let lines = Set(text.split(separator: "\n").map(String.init))
    let expected = [
      "# TYPE net2net_requests_total counter",
      #"net2net_requests_total{route="infer",status="200"} 2"#,
      #"net2net_requests_total{route="infer",status="400"} 1"#,
      "# TYPE net2net_inference_seconds histogram",
      #"net2net_inference_seconds_bucket{le="0.00032"} 0"#,
      #"net2net_inference_seconds_bucket{le="0.00056"} 1"#,
      #"net2net_inference_seconds_bucket{le="10.0"} 1"#,
      #"net2net_inference_seconds_bucket{le="+Inf"} 1"#,
      "net2net_inference_seconds_sum 0.0004", "net2net_inference_seconds_count 1",
      #"net2net_answers_total{version="3"} 1"#,
      #"net2net_batch_examples_bucket{le="1.0"} 0"#, #"net2net_batch_examples_bucket{le="2.0"} 1"#,
    ]
    for line in expected { #expect(lines.contains(line), "\(line)") }
    #expect(text.hasSuffix("\n"))
  }

  @Test func labelsOfMetricsMayHoldAnything() {
    var text = PrometheusText()
    text.counter("n", "Help.", [(["class": "a\"b\\c\nd\u{301}", "x": "\"\u{301}"], 1), ([:], 2)])
    #expect(
      text.text
        == "# HELP n Help.\n# TYPE n counter\n"
        + "n{class=\"a\\\"b\\\\c\\nd\u{301}\",x=\"\\\"\u{301}\"} 1\nn 2\n")
  }

  @Test func onlyTheNewestVersionsAreCountedByThemselves() {
    let metrics = ServingMetrics()
    for version in 1...100 { metrics.countAnswer(version: version, rows: 1, seconds: 0.001) }
    #expect(metrics.snapshot.answers.keys.min() == 37)
    #expect(metrics.snapshot.answers.count == 64)
  }
}
