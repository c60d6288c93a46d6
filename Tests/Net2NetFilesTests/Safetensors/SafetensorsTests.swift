import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  static let dictionary = StateDictionary(
    [
      "b": Tensor([Float(1), 2, 3, 4, 5, 6], shape: [2, 3]),
      "a": Tensor([0.5], shape: []),
      "é": Tensor(elementType: .bool, shape: [0, 3]) { _ in 1 },
      "steps": Tensor([Int64(7)], shape: [1]),
      "half": Tensor(elementType: .bfloat16, shape: [3]) { Double($0) },
    ], metadata: ["format": "pt", "quote \"": "line\nbreak \u{1}"])

  @Test func writtenFileIsReadBack() async throws {
    try await withTemporaryDirectory { directory in
      let file = directory + "/state.safetensors"
      try Self.dictionary.writeSafetensors(to: file)
      let read = try StateDictionary(safetensors: file)
      // Larger types first, then by name.
      #expect(Array(read.tensors.keys) == ["steps", "a", "b", "half", "é"])
      #expect(read.metadata == Self.dictionary.metadata)
      for (name, tensor) in read.tensors {
        let written = try #require(Self.dictionary.tensors[name])
        #expect(tensor.elementType == written.elementType)
        #expect(tensor.shape == written.shape)
        #expect(tensor.doubles() == written.doubles())
      }
    }
  }

  @Test func tensorsBeginAtAMultipleOfEightBytes() async throws {
    try await withTemporaryDirectory { directory in
      let file = directory + "/state.safetensors"
      for length in 0..<9 {
        let name = String(repeating: "n", count: length)
        try StateDictionary([name: Tensor([1.5], shape: [1])])
          .writeSafetensors(to: file, overwriting: true)
        let bytes = try Data(contentsOf: URL(filePath: file))
        #expect(bytes.count % 8 == 0)
        #expect(bytes[0] % 8 == 0)
      }
    }
  }

  @Test func aNetworksParametersAreItsStateDictionary() async throws {
    try await withTemporaryDirectory { directory in
      let file = directory + "/state.safetensors"
      try Fixtures.dense.writeSafetensors(to: file)
      let read = try StateDictionary(safetensors: file)
      #expect(Set(read.tensors.keys) == ["w1", "b1", "g1", "h1", "w2"])
      #expect(read.tensors["w1"]?.shape == [8, 6])
    }
  }

  @Test(.requiresPython) func theReferenceReadsWhatIsWritten() async throws {
    try await withTemporaryDirectory { directory in
      let file = directory + "/state.safetensors"
      try Self.dictionary.writeSafetensors(to: file)
      let output = try await Python.run(
        """
        import sys, safetensors
        with safetensors.safe_open(sys.argv[1], "pt") as file:
            print(sorted(file.metadata().items()))
            for name in file.keys():
                tensor = file.get_tensor(name)
                print(name, tensor.dtype, list(tensor.shape), tensor.tolist())
        """, file)
      #expect(
        output == """
          [('format', 'pt'), ('quote "', 'line\\nbreak \\x01')]
          a torch.float64 [] 0.5
          b torch.float32 [2, 3] [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
          half torch.bfloat16 [3] [0.0, 1.0, 2.0]
          steps torch.int64 [1] [7]
          é torch.bool [0, 3] []

          """)
    }
  }

  /// Every type both sides have; the same bytes come back when it is written again.
  @Test(.requiresPython) func whatTheReferenceWritesIsReadAndWrittenAlike() async throws {
    try await withTemporaryDirectory { directory in
      let theirs = directory + "/theirs.safetensors"
      let ours = directory + "/ours.safetensors"
      _ = try await Python.run(
        """
        import sys, torch, safetensors.torch
        kinds = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8",
                 "uint64", "uint32", "uint16", "uint8", "bool"]
        tensors = {f"t/{k}": torch.arange(6).reshape(2, 3).to(getattr(torch, k)) for k in kinds}
        safetensors.torch.save_file(tensors, sys.argv[1], metadata={"format": "pt"})
        """, theirs)
      let read = try StateDictionary(safetensors: theirs)
      #expect(read.tensors.count == 13)
      for (name, tensor) in read.tensors {
        #expect(tensor.shape == [2, 3])
        #expect(tensor.doubles() == (name == "t/bool" ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5]))
      }
      try read.writeSafetensors(to: ours)
      #expect(
        try Data(contentsOf: URL(filePath: ours)) == Data(contentsOf: URL(filePath: theirs)))
    }
  }

  @Test func reservedNameIsRefused() async throws {
    try await withTemporaryDirectory { directory in
      let state = StateDictionary(["__metadata__": Tensor([1.0], shape: [1])])
      let error = #expect(throws: FilesError.self) {
        try state.writeSafetensors(to: directory + "/x.safetensors")
      }
      #expect(
        error?.description == "\(directory)/x.safetensors: tensor \"__metadata__\": the format "
          + "keeps this name for itself; give the tensor another name")
    }
  }
}
