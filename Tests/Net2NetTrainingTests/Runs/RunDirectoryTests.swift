import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTraining

struct RunDirectoryTests {
  static let description = RunDescription(
    data: "idx:data", options: TrainingOptions(seed: 3))

  /// A network of one parameter, with an optimizer's memory of it.
  static func checkpoint(step: Int = 11) throws -> Checkpoint {
    var builder = NetworkBuilder(name: "one", seed: 0)
    let input = builder.input([2])
    let network = try builder.network(
      output: builder.dense(input, features: 2, hasBias: false, name: "fc"))
    let momentum = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    return Checkpoint(
      network: network,
      optimizer: OptimizerState(steps: 9, moments: [.momentum: ["fc.weight": momentum]]),
      progress: RunProgress(step: step, samples: 88))
  }

  static func save(_ checkpoint: Checkpoint, _ run: RunDirectory) throws {
    try run.save(checkpoint)
  }

  @Test func whatIsSavedReadsBack() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/deep/run")
      var saved = try Self.checkpoint()
      let coefficients = Tensor([1, 0.5, 1, 0.5] as [Double], shape: [2, 2])
      saved.optimizer.births = ["fc.weight": 4]
      saved.optimizer.inherited = InheritedSteps(
        began: 7, relaxation: 100, weightCoefficients: ["fc.weight": coefficients],
        gradientCoefficients: ["fc.weight": coefficients])
      try Self.save(saved, run)
      let loaded = try run.checkpoint()
      #expect(loaded.progress == saved.progress)
      #expect(loaded.optimizer.steps == 9)
      #expect(loaded.optimizer.births == ["fc.weight": 4])
      #expect(loaded.optimizer.moments.keys.map(\.self) == [.momentum])
      #expect(loaded.optimizer.moments[.momentum]?["fc.weight"]?.doubles() == [1, 2, 3, 4])
      let inherited = try #require(loaded.optimizer.inherited)
      #expect(inherited.began == 7 && inherited.relaxation == 100)
      #expect(inherited.weightCoefficients["fc.weight"]?.doubles() == [1, 0.5, 1, 0.5])
      #expect(TrainerTests.values(loaded.network) == TrainerTests.values(saved.network))
      #expect(
        TrainerTests.values(try Network(onnx: run.networkFile))
          == TrainerTests.values(saved.network))
      try run.write(Self.description)
      #expect(try run.description() == Self.description)
    }
  }

  @Test func valuesInDoubleAreNotRoundedToTheNetworksFile() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      var saved = try Self.checkpoint()
      let third = Tensor([1.0 / 3, 0, 0, 0] as [Double], shape: [2, 2])
      saved.network.setParameter(Parameter(name: "fc.weight", tensor: third))
      try Self.save(saved, run)
      let loaded = try run.checkpoint()
      #expect(loaded.network.parameters["fc.weight"]?.tensor().doubles()[0] == 1.0 / 3)
      #expect(loaded.storedType == .float32)
      let file = try Network(onnx: run.networkFile).parameters["fc.weight"]
      #expect(file?.elementType == .float32)
    }
  }

  @Test func lastTwoCheckpointsAreKept() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      for step in [2, 30, 400] { try Self.save(Self.checkpoint(step: step), run) }
      let names = try FileManager.default.contentsOfDirectory(atPath: run.checkpointsFolder)
      #expect(names.sorted() == ["step-000000030", "step-000000400"])
      #expect(try run.checkpoint().step == 400)
    }
  }

  /// A torn write: the newest checkpoint has other bytes than its manifest says.
  @Test(arguments: ["network.onnx", "optimizer.safetensors", "progress.json", "MANIFEST.json"])
  func damagedCheckpointGivesWayToTheOneBefore(_ file: String) throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      for step in [2, 30] { try Self.save(Self.checkpoint(step: step), run) }
      let newest = "\(run.checkpointsFolder)/step-000000030/\(file)"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
      bytes[bytes.count / 2] ^= 0x20
      bytes.removeLast(file == "MANIFEST.json" ? 8 : 0)
      try bytes.write(to: URL(fileURLWithPath: newest))
      #expect(try run.checkpoint().step == 2)
    }
  }

  @Test func runWithoutACheckpointSaysWhy() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      #expect(
        sentence(without: folder) { _ = try run.checkpoint() }
          == "run: holds no checkpoint to go on from: none was written yet")
      try Self.save(Self.checkpoint(), run)
      let file = "\(run.checkpointsFolder)/step-000000011/progress.json"
      try FileManager.default.removeItem(atPath: file)
      #expect(
        sentence(without: folder) { _ = try run.checkpoint() }
          == "run: holds no checkpoint to go on from: "
          + "run/checkpoints/step-000000011/progress.json: there is no such file")
    }
  }

  @Test func whatKilledWritersLeftIsRemoved() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      try Self.save(Self.checkpoint(), run)
      let leftovers = [
        "\(run.checkpointsFolder)/step-000000012.tmp-1x", "\(run.path)/.net2net-2y.tmp",
      ]
      try FileManager.default.createDirectory(
        atPath: leftovers[0], withIntermediateDirectories: true)
      try write([1], to: leftovers[1])
      _ = try run.checkpoint()
      #expect(!leftovers.contains(where: FileManager.default.fileExists))
    }
  }

  @Test func runIsNotOverwrittenUnlessAsked() throws {
    try withTemporaryFolder { folder in
      let run = RunDirectory(folder + "/run")
      do {
        let created = try RunDirectory.create(run.path)
        try created.write(Self.description)
        try Self.save(Self.checkpoint(), created)
      }
      #expect(
        sentence(without: folder) { _ = try RunDirectory.create(run.path) }
          == "run: holds a run already; go on with it, overwrite it or name another folder")
      _ = try RunDirectory.create(run.path, overwriting: true)
      #expect(run.contents.isEmpty)
    }
  }

  @Test(arguments: [
    "checkpoints/mine", "growth-mine.onnx", "report.html", "network.onnx", "metrics.jsonl",
    "tensorboard/events", "network.onnx.0123456789abcdef.data",
  ])
  func whatIsNotARunIsNeverReplaced(name: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/work"
      try FileManager.default.createDirectory(
        atPath: (path + "/" + name as NSString).deletingLastPathComponent,
        withIntermediateDirectories: true)
      try write([1], to: path + "/" + name)
      let found = name.split(separator: "/")[0]
      for description in [nil, "{}", "not JSON"] {
        if let description { try write(Array(description.utf8), to: path + "/run.json") }
        #expect(
          sentence(without: folder) { _ = try RunDirectory.create(path, overwriting: true) }
            == "work: holds \(found) and is not a run directory: run.json is missing, or not that of "
            + "a run; name another folder, or remove \(found) yourself")
        #expect(FileManager.default.fileExists(atPath: path + "/" + name))
      }
    }
  }

  @Test func folderThatCannotBeMadeIsNamed() throws {
    try withTemporaryFolder { folder in
      try write([], to: folder + "/file")
      let found = sentence(without: folder) { _ = try RunDirectory.create(folder + "/file/run") }
      #expect(found?.hasPrefix("file/run: cannot be made a run's folder: ") == true)
    }
  }

  @Test func damagedDescriptionIsNamed() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      #expect(
        sentence(without: folder) { _ = try run.description() }
          == "run/run.json: there is no such file")
      try write(Array("{}".utf8), to: run.descriptionFile)
      let found = sentence(without: folder) { _ = try run.description() }
      #expect(found?.hasPrefix("run/run.json: the description of a run expected, ") == true)
    }
  }

  /// Each is a value that reads as well as the one that the run wrote.
  @Test(arguments: [
    (#""seed" : 3"#, #""seed" : 4"#), ("idx:data", "idx:date"),
    (#""flips" : false"#, #""flips" : true"#), ("checkpointInterval", "checkpointintervaL"),
  ])
  func changedDescriptionIsRefused(_ old: String, _ new: String) throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      var description = Self.description
      description.options.checkpointInterval = 7
      try run.write(description)
      #expect(try run.description() == description)
      let text = try String(contentsOfFile: run.descriptionFile, encoding: .utf8)
      #expect(text.contains(old))
      let changed = text.replacingOccurrences(of: old, with: new)
      try write(Array(changed.utf8), to: run.descriptionFile)
      let found = sentence(without: folder) { _ = try run.description() }
      #expect(
        found?.hasPrefix(
          "run/run.json: has been changed since the run wrote it: SHA-256 ") == true)
      #expect(
        found?.hasSuffix(
          " found; restore the file, or remove its line \"sha256\" to go on with it as it is")
          == true)
    }
  }

  /// As those of earlier versions, and those that somebody changed on purpose.
  @Test func descriptionWithoutAHashIsRead() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      try run.write(Self.description)
      let text = try String(contentsOfFile: run.descriptionFile, encoding: .utf8)
      let seal = try #require(text.range(of: ",\n  \"sha256\" : \""))
      try write(Array((text[..<seal.lowerBound] + "\n}\n").utf8), to: run.descriptionFile)
      #expect(try run.description() == Self.description)
    }
  }

  @Test func refusedFolderIsLeftAsItIs() throws {
    try withTemporaryFolder { folder in
      // Without run.json it is nobody's run.
      let old = folder + "/old"
      try FileManager.default.createDirectory(atPath: old, withIntermediateDirectories: true)
      try write([], to: old + "/network.onnx")
      #expect(
        sentence(without: folder) { _ = try RunDirectory.create(old) }
          == "old: holds network.onnx and is not a run directory: run.json is missing, or not that of "
          + "a run; name another folder, or remove network.onnx yourself")
      #expect(try FileManager.default.contentsOfDirectory(atPath: old) == ["network.onnx"])
    }
  }

  @Test func processesThatHoldALockAreNamed() {
    func sentence(_ process: Int32?, _ machine: String?) -> String {
      TrainingError.inUse("run", process: process, machine: machine).description
    }
    let rest = "; wait until it ends, or name another folder"
    #expect(sentence(12, "node7") == "run: is in use by process 12 of node7" + rest)
    #expect(sentence(nil, nil) == "run: is in use by another process" + rest)
  }

  typealias Change = @Sendable (inout StateDictionary) -> Void
  static let damages: [(change: Change, sentence: String)] = [
    (
      { $0.metadata["optimizer"] = nil },
      "metadata \"optimizer\": the optimizer's counts expected, nothing found"
    ),
    (
      { $0.metadata["optimizer"] = "9" },
      "metadata \"optimizer\": the optimizer's counts expected, 9 found"
    ),
    (
      { $0.tensors["momentum/other"] = Tensor([1] as [Float], shape: [1]) },
      "tensor \"momentum/other\": one of the network's parameters expected, no such parameter found"
    ),
    (
      { $0.tensors["momentum/fc.weight"] = Tensor([1] as [Float], shape: [1]) },
      "tensor \"momentum/fc.weight\": (2, 2) expected, (1) found"
    ),
    (
      { $0.tensors["speed/fc.weight"] = $0.tensors["momentum/fc.weight"] },
      "tensor \"speed/fc.weight\": value, momentum, mean or variance expected, speed found"
    ),
  ]

  @Test(arguments: damages.indices)
  func damagedStateIsNamed(_ index: Int) throws {
    try withTemporaryFolder { folder in
      let checkpoint = folder + "/checkpoint"
      try FileManager.default.createDirectory(
        atPath: checkpoint, withIntermediateDirectories: true)
      try Self.checkpoint().write(into: checkpoint)
      let file = checkpoint + "/optimizer.safetensors"
      var state = try StateDictionary(safetensors: file)
      Self.damages[index].change(&state)
      try state.writeSafetensors(to: file, overwriting: true)
      #expect(
        sentence(without: folder) { _ = try Checkpoint(folder: checkpoint) }
          == "checkpoint/optimizer.safetensors: \(Self.damages[index].sentence)")
    }
  }
}
