// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A release build with tests optimises what is tested, not the tests, which then compile twice as fast.
let isTestable = Context.environment["NET2NET_TESTABLE"] != nil
let tests = strict + (isTestable ? [.unsafeFlags(["-Onone"])] : [])

let package = Package(
  name: "net2net",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Net2Net", targets: ["Net2Net"]),
    .library(name: "Net2NetFiles", targets: ["Net2NetFiles"]),
    .library(name: "Net2NetTorch", targets: ["Net2NetTorch"]),
    .library(name: "Net2NetTraining", targets: ["Net2NetTraining"]),
    .library(name: "Net2NetLifelong", targets: ["Net2NetLifelong"]),
    .executable(name: "net2net", targets: ["Net2NetCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    .target(
      name: "Net2Net",
      dependencies: [.product(name: "OrderedCollections", package: "swift-collections")],
      swiftSettings: strict),
    .target(
      name: "Net2NetFiles",
      dependencies: [
        "Net2Net",
        .target(name: "CLinuxFiles", condition: .when(platforms: [.linux])),
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      exclude: ["ONNX/onnx.proto", "TensorBoard/tensorboard.proto"],
      swiftSettings: strict),
    .systemLibrary(name: "CLibTorch", pkgConfig: "libtorch"),
    .systemLibrary(name: "CLinuxFiles"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
    .systemLibrary(
      name: "CGdkPixbuf", pkgConfig: "gdk-pixbuf-2.0",
      providers: [.apt(["libgdk-pixbuf-2.0-dev"]), .brew(["gdk-pixbuf"])]),
    .target(
      name: "CTorch", dependencies: ["CLibTorch"],
      // gloo's type names, which c10d's headers ask for and libtorch does not ship.
      cxxSettings: [.headerSearchPath("declarations")]),
    .target(
      name: "Net2NetTorch",
      dependencies: [
        "Net2Net", "CTorch",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: strict),
    .target(
      name: "Net2NetTraining",
      dependencies: [
        "Net2Net", "Net2NetFiles", "Net2NetTorch", "CZlib", "CZip", "CGdkPixbuf",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: strict),
    .target(
      name: "Net2NetLifelong",
      dependencies: [
        "Net2Net", "Net2NetFiles", "Net2NetTorch", "Net2NetTraining", "CZlib",
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      resources: [
        .embedInCode("Page/page.html"), .embedInCode("Page/page.css"),
        .embedInCode("Page/page.js"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Net2NetCLI",
      dependencies: [
        "Net2Net", "Net2NetFiles", "Net2NetTorch", "Net2NetTraining", "Net2NetLifelong",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "OrderedCollections", package: "swift-collections"),
        "Yams",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Example01",
      dependencies: ["Net2Net", "Net2NetFiles"], path: "Examples/01-BuildANetwork",
      swiftSettings: strict),
    .executableTarget(
      name: "Example02",
      dependencies: ["Net2Net", "Net2NetTorch"], path: "Examples/02-WidenAndVerify",
      swiftSettings: strict),
    .executableTarget(
      name: "Example03",
      dependencies: ["Net2Net", "Net2NetTraining"], path: "Examples/03-GrowWhileTraining",
      swiftSettings: strict),
    .target(
      name: "TestSupport",
      dependencies: [
        "Net2Net", "Net2NetTorch",
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      path: "Tests/TestSupport", swiftSettings: tests),
    .testTarget(
      name: "Net2NetTests",
      dependencies: [
        "Net2Net", "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "Net2NetFilesTests",
      dependencies: [
        "Net2Net", "Net2NetFiles", "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "Net2NetTorchTests",
      dependencies: [
        "Net2Net", "Net2NetTorch", "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "Net2NetTrainingTests",
      dependencies: [
        "Net2Net", "Net2NetFiles", "Net2NetTorch", "Net2NetTraining", "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "Net2NetLifelongTests",
      dependencies: [
        "Net2Net", "Net2NetFiles", "Net2NetTorch", "Net2NetTraining", "Net2NetLifelong",
        "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "ServingTests",
      dependencies: [
        "Net2Net", "Net2NetTraining", "Net2NetLifelong", "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "ConformanceTests",
      dependencies: [
        "Net2Net", "Net2NetFiles", "Net2NetTorch", "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["expected-failures.txt"],
      swiftSettings: tests),
    .testTarget(
      name: "LawTests",
      dependencies: [
        "Net2Net", "Net2NetFiles", "Net2NetTorch", "Net2NetTraining", "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "Net2NetCLITests",
      dependencies: [
        "Net2Net", "Net2NetFiles", "TestSupport",
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: tests),
  ],
  cxxLanguageStandard: .cxx20
)
