import Net2Net
import Net2NetFiles
import OrderedCollections
import Testing

@Suite struct DigestTests {
  /// FIPS 180-2, appendix B.1.
  @Test func digestOfAFileIsSHA256() async throws {
    try await withTemporaryDirectory { directory in
      let file = directory + "/abc"
      try AtomicFile.write("abc", to: file, overwriting: false)
      #expect(
        try Digest(ofFile: file).description
          == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
  }

  @Test func digestOfANetworkSeesValuesAndGraphButNotMetadata() throws {
    let network = Fixtures.dense
    let digest = try Digest(of: network)
    var renamed = network
    renamed.metadata = ["another": "text"]
    #expect(try Digest(of: renamed) == digest)

    var changed = network
    changed.setParameter(Fixtures.constant("b1", [8], 1))
    #expect(try Digest(of: changed) != digest)

    var other = network
    other.graph.nodes[1].operation = .dropout(Dropout(ratio: 0.25))
    #expect(try Digest(of: other) != digest)
  }

  @Test func digestDoesNotDependOnWhetherValuesArePending() throws {
    var pending = Fixtures.dense
    pending.setParameter(
      Parameter(
        name: "w1", elementType: .float32, shape: [8, 6],
        filling: .normal(standardDeviation: 1, Draw(seed: 3))))
    #expect(try Digest(of: pending) == Digest(of: pending.evaluated()))
  }

  @Test func digestOfAMissingFileNamesIt() {
    let error = #expect(throws: FilesError.self) { try Digest(ofFile: "no/such") }
    #expect(error?.description == "no/such: there is no such file")
  }

  private func digest(_ build: (inout DigestOfParts) -> Void) -> Digest {
    var parts = DigestOfParts()
    build(&parts)
    return parts.digest
  }

  @Test func partsAreToldFromOneAnother() {
    let whole = digest {
      $0.add("ab")
      $0.add("c")
    }
    let other = digest {
      $0.add("a")
      $0.add("bc")
    }
    #expect(whole != other)
  }

  @Test(arguments: [1 << 20, 8]) func rowsAreHashedInTheirOrder(_ limit: Int) {
    let bytes = Array<UInt8>(0..<20)
    func digest(_ rows: [Int], _ bytes: [UInt8]) -> Digest {
      self.digest { parts in
        bytes.withUnsafeBytes { parts.add(rows: rows, of: $0, size: 2, atMost: limit) }
      }
    }
    let plain = digest(Array(0..<10), bytes)
    #expect(digest(Array(0..<10), bytes) == plain)
    #expect(digest([1, 0] + (2..<10), bytes) != plain)
    // Of ten rows, four fit: every second is looked at.
    var changed = bytes
    changed[2 * 3] = 99
    #expect((digest(Array(0..<10), changed) == plain) == (limit == 8))
    changed = bytes
    changed[0] = 99
    #expect(digest(Array(0..<10), changed) != plain)
  }
}
