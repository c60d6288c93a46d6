import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import Testing

@testable import Net2NetTraining

struct RunDirectoryTests {
  static let description = RunDescription(
    data: "idx:data", options: TrainingOptions(seed: 3))

  /// A network of one parameter, with an optimizer's memory of it.
  static func checkpoint() throws -> Checkpoint {
    var builder = NetworkBuilder(name: "one", seed: 0)
    let input = builder.input([2])
    let network = try builder.network(
      output: builder.dense(input, features: 2, hasBias: false, name: "fc"))
    let momentum = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    return Checkpoint(
      network: network,
      optimizer: OptimizerState(steps: 9, moments: [.momentum: ["fc.weight": momentum]]),
      step: 11)
  }

  @Test func whatIsSavedReadsBack() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/deep/run")
      let saved = try Self.checkpoint()
      try run.save(saved)
      let loaded = try run.checkpoint()
      #expect(loaded.step == 11)
      #expect(loaded.optimizer.steps == 9)
      #expect(loaded.optimizer.moments.keys.map(\.self) == [.momentum])
      #expect(loaded.optimizer.moments[.momentum]?["fc.weight"]?.doubles() == [1, 2, 3, 4])
      #expect(TrainerTests.values(loaded.network) == TrainerTests.values(saved.network))
      try run.write(Self.description)
      #expect(try run.description() == Self.description)
    }
  }

  @Test func valuesComeFromTheCheckpointWhereTheNetworkIsOfAnotherStep() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      var saved = try Self.checkpoint()
      try run.save(saved)
      let other = Tensor([0, 0, 0, 0] as [Float], shape: [2, 2])
      saved.network.setParameter(Parameter(name: "fc.weight", tensor: other))
      try saved.network.writeONNX(to: run.networkFile, overwriting: true)
      let loaded = try run.checkpoint()
      #expect(
        TrainerTests.values(loaded.network) == TrainerTests.values(try Self.checkpoint().network))
    }
  }

  @Test func runIsNotOverwrittenUnlessAsked() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      try run.save(Self.checkpoint())
      #expect(
        sentence(without: folder) { _ = try RunDirectory.create(run.path) }
          == "run: holds a run already; go on with it, overwrite it or name another folder")
      _ = try RunDirectory.create(run.path, overwriting: true)
      #expect(!FileManager.default.fileExists(atPath: run.checkpointFile))
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

  typealias Change = @Sendable (inout StateDictionary) -> Void
  static let damages: [(change: Change, sentence: String)] = [
    (
      { $0.metadata["step"] = nil },
      "metadata \"step\": a number of steps expected, nothing found"
    ),
    (
      { $0.metadata["optimizer steps"] = "-1" },
      "metadata \"optimizer steps\": a number of steps expected, -1 found"
    ),
    (
      { $0.tensors["value/other"] = Tensor([1] as [Float], shape: [1]) },
      "tensor \"value/other\": one of the network's parameters expected, no such parameter found"
    ),
    (
      { $0.tensors["value/fc.weight"] = Tensor([1] as [Float], shape: [1]) },
      "tensor \"value/fc.weight\": (2, 2) expected, (1) found"
    ),
    (
      { $0.tensors["speed/fc.weight"] = $0.tensors["value/fc.weight"] },
      "tensor \"speed/fc.weight\": value, momentum, mean or variance expected, speed found"
    ),
  ]

  @Test(arguments: damages.indices)
  func damagedCheckpointIsNamed(_ index: Int) throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      try run.save(Self.checkpoint())
      var state = try StateDictionary(safetensors: run.checkpointFile)
      Self.damages[index].change(&state)
      try state.writeSafetensors(to: run.checkpointFile, overwriting: true)
      #expect(
        sentence(without: folder) { _ = try run.checkpoint() }
          == "run/checkpoint.safetensors: \(Self.damages[index].sentence)")
    }
  }
}
