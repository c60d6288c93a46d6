import Foundation
import TestSupport
import Testing

@testable import Net2NetFiles

struct EventFileTests {
  /// RFC 3720, B.4.
  @Test func checksumsAreThoseOfTheStandard() {
    #expect(RecordFraming.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(RecordFraming.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(RecordFraming.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
  }

  private static let reader = """
    import sys
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.plugins.hparams import plugin_data_pb2
    events = event_accumulator.EventAccumulator(sys.argv[1])
    events.Reload()
    tags = events.Tags()
    for tag in sorted(tags["scalars"]):
        print(tag, [(e.step, e.value) for e in events.Scalars(tag)])
    for tag in sorted(tags["tensors"]):
        if not tag.startswith("_"):
            print(tag, [(e.step, e.tensor_proto.string_val[0].decode()) for e in events.Tensors(tag)])
    content = events.PluginTagToContent("hparams") if "hparams" in events._plugin_to_tag_to_content else {}
    for tag, content in sorted(content.items()):
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        for key, value in sorted(data.session_start_info.hparams.items()):
            print(key, value.WhichOneof("kind"), getattr(value, value.WhichOneof("kind")))
    """

  @Test(.requiresPython) func tensorBoardReadsWhatWasWritten() async throws {
    let folder = NSTemporaryDirectory() + "net2net-events-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try EventFile(in: folder, from: 0)
    try first.append(hyperparameters: [
      "batch size": .number(128), "rule": .text("sgd"), "nesterov": .flag(false),
    ])
    for step in 1...4 { try first.append(["loss": 0.5], step: step) }
    try first.append("grown **wide**", tag: "growth", step: 2)
    // Taken up at step 2: what came after it is forgotten.
    let second = try EventFile(in: folder, from: 3)
    try second.append(["loss": 0.25], step: 3)
    #expect(
      try await Python.run(Self.reader, folder) == """
        loss [(1, 0.5), (2, 0.5), (3, 0.25)]
        growth [(2, 'grown **wide**')]
        batch size number_value 128.0
        nesterov bool_value False
        rule string_value sgd

        """)
  }

  @Test(.requiresPython) func tornLastRecordIsLeftOut() async throws {
    let folder = NSTemporaryDirectory() + "net2net-events-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      let events = try EventFile(in: folder, from: 0)
      for step in 1...3 { try events.append(["loss": 0.5], step: step) }
    }
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
    let file = URL(filePath: "\(folder)/\(name)")
    try Data(contentsOf: file).dropLast(5).write(to: file)
    #expect(
      try await Python.run(Self.reader, folder) == "loss [(1, 0.5), (2, 0.5)]\n")
  }
}
