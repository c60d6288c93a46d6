import Testing

@testable import Net2NetLifelong

@Suite struct ServerSettingsTests {
  @Test(arguments: ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
  func loopbackNeedsNoToken(_ host: String) throws {
    #expect(try ServerSettings(host: host, port: 0).isLoopback)
  }

  @Test(arguments: [
    "0.0.0.0", "192.168.1.2", "::", "127.0.0.1.example.org", "127.0.0", "example.org",
  ])
  func otherAddressesAreRefusedWithoutToken(_ host: String) throws {
    let error = #expect(throws: LifelongError.self) { try ServerSettings(host: host, port: 0) }
    #expect(
      error?.description
        == "\(host): other machines reach this address, so a token is needed; give one, or serve at 127.0.0.1"
    )
    #expect(try !ServerSettings(host: host, port: 0, token: "0123456789abcdef").isLoopback)
  }

  @Test(arguments: ["short", "with a space in it all", "fünfzehn-und-mehr-zeichen", ""])
  func tokensThatAreEasyToGuessOrToLoseAreRefused(_ token: String) {
    let error = #expect(throws: LifelongError.self) { try ServerSettings(port: 0, token: token) }
    #expect(
      error?.description
        == "token: 16 or more printable characters without spaces expected, \(token.utf8.count) bytes found"
    )
  }

  @Test func portsAreOfSixteenBits() {
    let error = #expect(throws: LifelongError.self) { try ServerSettings(port: 65_536) }
    #expect(error?.description == "port: 0 to 65535 expected, 65536 found")
  }
}
