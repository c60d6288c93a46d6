internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The page's own files, part of the program: nothing comes from a disk or from another site.
enum PageFile: CaseIterable {
  case html, css, script

  var path: String {
    switch self {
    case .html: "/"
    case .css: "/page.css"
    case .script: "/page.js"
    }
  }

  private var type: String {
    switch self {
    case .html: "text/html; charset=utf-8"
    case .css: "text/css; charset=utf-8"
    case .script: "text/javascript; charset=utf-8"
    }
  }

  private var bytes: [UInt8] {
    switch self {
    case .html: PackageResources.page_html
    case .css: PackageResources.page_css
    case .script: PackageResources.page_js
    }
  }

  /// With a policy that lets the page load and ask nothing but this server, and nobody frame it.
  var response: Response {
    let headers: HTTPFields = [
      .contentType: type,
      .cacheControl: "no-cache",
      .contentSecurityPolicy:
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      .referrerPolicy: "no-referrer",
    ]
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}

extension HTTPField.Name {
  private static let referrerPolicyName = "referrer-policy"
  fileprivate static var referrerPolicy: HTTPField.Name {
    HTTPField.Name(parsed: referrerPolicyName)!
  }
}
