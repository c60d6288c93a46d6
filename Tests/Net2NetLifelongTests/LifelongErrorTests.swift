import Testing

@testable import Net2NetLifelong

/// Sentences of errors that need more than a test to provoke; the others are read where they come
/// up.
@Suite struct LifelongErrorTests {
  @Test func optionsAreNamedWithWhatIsExpectedAndFound() {
    let error = LifelongError.option("held-out share", expected: "0 to 0.5", found: "0.7")
    #expect("\(error)" == "held-out share: 0 to 0.5 expected, 0.7 found")
  }

  @Test func aliasesOfNoVersionAreNamed() {
    #expect("\(LifelongError.noSuchAlias(.champion))" == "no version is champion")
  }

  @Test func networksOfMoreThanAFileHoldsAreNamedWithBothSizes() {
    let error = LifelongError.networkTooLarge(bytes: 3_000_000_000, limit: 2_000_000_000)
    #expect(
      "\(error)"
        == "the network has 3000000000 bytes of parameters; a live model may have 2000000000, what "
        + "fits into one ONNX file")
  }
}
