// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "net2net-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "net2net", path: "..")],
  targets: [
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetTorch", package: "net2net"),
        .product(name: "Net2NetTraining", package: "net2net"),
      ],
      swiftSettings: [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
      ])
  ]
)
