import Foundation
import Net2Net
import Subprocess
import TestSupport
import Testing

@testable import Net2NetLifelong

/// A live model on a disk of two megabytes that something else has filled.
@Suite(.requiresTorch, .requiresMounting) struct DiskFullTests {
  private func withFullDisk(
    _ body: (LiveModel, _ empty: () throws -> Void) throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      #expect(await mounts("-t", "tmpfs", "-o", "size=2m", "tmpfs", folder))
      let result = Result {
        let model = try LiveModel.create(
          folder + "/live", .small, network: try smallNetwork(), source: "small.onnx")
        _ = try model.examples.append((0..<10).map(Example.numbered))
        fillDisk(folder + "/filler")
        try body(model) { try FileManager.default.removeItem(atPath: folder + "/filler") }
      }
      _ = try? await Subprocess.run(
        .name("umount"), arguments: ["-l", folder], output: .discarded, error: .discarded)
      try result.get()
    }
  }

  @Test func nothingIsAcknowledgedAndNothingIsLost() async throws {
    try await withFullDisk { model, empty in
      let before = model.examples.count
      // What still fits into the segment's last page is taken.
      var stored = 0
      let refused = sentence(without: model.folder.path) {
        for first in stride(from: 10, to: 100_000, by: 10) {
          _ = try model.examples.append((first..<first + 10).map(Example.numbered))
          stored += 10
        }
      }
      #expect(
        refused
          == "examples/000000000000.segment: the disk is full; nothing was taken that is not stored, "
          + "make room and try again")
      #expect(model.examples.count == before + stored)
      #expect(try model.examples.example(9).sample == Example.numbered(9).sample)
      #expect(try model.registry.verified(1, for: model.settings).version.number == 1)
      try empty()
      let first = before + stored
      #expect(try model.examples.append([.numbered(first)]) == first..<first + 1)
      let store = try ExampleStore(model.folder, model.settings, model.registry)
      #expect(store.count == first + 1)
      #expect(
        try (0...first).allSatisfy { try store.example($0).sample == Example.numbered($0).sample })
      #expect(try store.verify() == [])
    }
  }

  @Test func classesOfRefusedExamplesAreNotThere() async throws {
    try await withFullDisk { model, empty in
      let sample = Example.numbered(10).sample
      #expect(throws: LifelongError.self) {
        // More than what is left of the last page.
        _ = try model.examples.append(
          (0..<1000).map { IncomingExample(sample: sample, label: .name("class \($0 % 3)")) })
      }
      #expect(model.examples.classes == ["even", "odd"])
      let again = try ExampleStore(model.folder, model.settings, model.registry)
      #expect(again.classes == ["even", "odd"])
      try empty()
      _ = try model.examples.append([IncomingExample(sample: sample, label: .name("new"))])
      let store = try ExampleStore(model.folder, model.settings, model.registry)
      #expect(store.classes == ["even", "odd", "new"])
      #expect(try store.example(10).label == 2)
    }
  }

  @Test func versionsAndEventsAreRefusedAndTheOldOnesStay() async throws {
    try await withFullDisk { model, empty in
      let draft = VersionDraft(parent: 1, origin: .training(seeds: [:]))
      let refused = sentence(without: model.folder.path) {
        for seed in 1..<1000 {
          _ = try model.registry.add(smallNetwork(seed: UInt64(seed)), as: draft)
        }
      }
      #expect(
        refused?.hasSuffix(
          ": the disk is full; nothing was taken that is not stored, make room and try again")
          == true, "\(refused ?? "nothing was refused")")
      let long = String(repeating: "x", count: 100_000)
      #expect(
        sentence(without: model.folder.path) {
          for _ in 0..<100 { try model.registry.record(.waits, ["why": .string(long)]) }
        }
          == "registry.sqlite: the disk is full; nothing was taken that is not stored, make room "
          + "and try again")
      #expect(try model.registry.version(.champion)?.number == 1)
      try empty()
      let version = try model.registry.add(smallNetwork(seed: 77), as: draft)
      try model.promote(version.number)
      try model.registry.checkIntegrity()
      let left = try FileManager.default.subpathsOfDirectory(atPath: model.folder.networksFolder)
      #expect(left.filter { $0.contains("tmp") } == [])
    }
  }

  @Test func diskThatMayOnlyBeReadIsTold() async throws {
    try await withTemporaryFolder { folder in
      #expect(await mounts("-t", "tmpfs", "-o", "size=2m", "tmpfs", folder))
      let result = Result {
        do {
          _ = try LiveModel.create(
            folder + "/live", .small, network: try smallNetwork(), source: "small.onnx")
        }
      }
      #expect(await mounts("-o", "remount,ro", folder))
      let locking = sentence(without: folder) { _ = try LiveModel(folder + "/live") }
      let looking = sentence(without: folder + "/live") {
        _ = try LiveStatus(reading: folder + "/live")
      }
      _ = try? await Subprocess.run(
        .name("umount"), arguments: ["-l", folder], output: .discarded, error: .discarded)
      try result.get()
      #expect(locking == "live: cannot be locked: the disk is read-only")
      #expect(
        looking
          == "registry.sqlite: cannot be opened, for it or its folder may not be written to, which "
          + "its log needs even to be read; check their permissions and the disk")
    }
  }
}
