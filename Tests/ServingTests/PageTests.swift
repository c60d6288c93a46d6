import Testing

@testable import Net2NetLifelong

@Suite struct PageTests {
  /// Names of classes come from clients: the page makes text of them, never markup.
  @Test(arguments: [
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
    "DOMParser", "createContextualFragment", "setTimeout(\"", "javascript:", "srcdoc",
  ])
  func noTextBecomesMarkup(_ word: String) {
    let script = String(decoding: PackageResources.page_js, as: UTF8.self)
    #expect(!script.contains(word))
    #expect(script.contains("element(\"span\", \"name\", part.name)"))
    #expect(script.contains("made.append(...children)"), "strings become text nodes")
  }
}
