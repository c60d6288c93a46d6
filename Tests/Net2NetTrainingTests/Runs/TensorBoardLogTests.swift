import Foundation
import Net2Net
import Net2NetFiles
import TestSupport
import Testing

@testable import Net2NetTraining

extension TrainerTests {
  /// In the same suite as all runs. What TensorBoard reads is told by the command line's tests.
  @Suite("What TensorBoard is told")
  struct TensorBoardLogTests {
    @Test("a run that is taken up before a growth forgets what followed it")
    func growthsToComeAreForgotten() throws {
      try withTemporaryFolder { folder in
        let run = try RunDirectory.create(folder + "/run")
        let trainer = try GrowingRunTests.trainer(.sgd, checkpointInterval: 3)
        let events = try TensorBoardLog(run, of: trainer)
        let cancellation = Cancellation()
        _ = try trainer.train(into: run, cancellation: cancellation) { event in
          try events.record(event)
          if case .logged(let metrics) = event, metrics.step == 5 { cancellation.cancel() }
        }
        let grown = run.eventsFolder + "/growth-1"
        #expect(FileManager.default.fileExists(atPath: grown))
        try FileManager.default.removeItem(atPath: run.checkpointsFolder + "/step-000000005")
        let checkpoint = try run.checkpoint()
        #expect(checkpoint.step == 3)
        _ = try TensorBoardLog(run, of: GrowingRunTests.trainer(.sgd, start: checkpoint))
        #expect(!FileManager.default.fileExists(atPath: grown))
        let files = try FileManager.default.contentsOfDirectory(atPath: run.eventsFolder)
        #expect(files.count == 2 && Set(files).count == 2)
      }
    }

    @Test("a folder that cannot be made is named")
    func unusableFolder() throws {
      try withTemporaryFolder { folder in
        let run = try RunDirectory.create(folder + "/run")
        try write([], to: run.eventsFolder)
        let found = sentence(without: folder) {
          _ = try TensorBoardLog(run, of: TrainerTests.trainer())
        }
        #expect(found?.hasPrefix("run/tensorboard: cannot be written: ") == true, "\(found ?? "")")
      }
    }
  }
}
