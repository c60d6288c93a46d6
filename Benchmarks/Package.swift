// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "net2net", path: "..")],
  targets: [
    .target(name: "BenchmarkSupport"),
    .target(
      name: "TrainingSupport",
      dependencies: [
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetTraining", package: "net2net"),
      ]),
    .executableTarget(
      name: "BumpBenchmark",
      dependencies: [
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetTraining", package: "net2net"),
      ]),
    .executableTarget(
      name: "DataParallelBenchmark",
      dependencies: [
        "BenchmarkSupport", "TrainingSupport",
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetTorch", package: "net2net"),
        .product(name: "Net2NetTraining", package: "net2net"),
      ]),
    .executableTarget(
      name: "FileBenchmark",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetFiles", package: "net2net"),
      ]),
    .executableTarget(
      name: "GrowthBenchmark",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetFiles", package: "net2net"),
      ]),
    .executableTarget(
      name: "InferenceBenchmark",
      dependencies: ["BenchmarkSupport", .product(name: "Net2Net", package: "net2net")]),
    .executableTarget(
      name: "RegistryBenchmark",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetLifelong", package: "net2net"),
        .product(name: "Net2NetTraining", package: "net2net"),
      ]),
    .executableTarget(
      name: "RewriteBenchmark",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetFiles", package: "net2net"),
      ]),
    .executableTarget(
      name: "ThroughputBenchmark",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetFiles", package: "net2net"),
        .product(name: "Net2NetTorch", package: "net2net"),
      ]),
    .executableTarget(
      name: "TrainingBenchmark",
      dependencies: [
        "BenchmarkSupport", "TrainingSupport",
        .product(name: "Net2Net", package: "net2net"),
        .product(name: "Net2NetTorch", package: "net2net"),
        .product(name: "Net2NetTraining", package: "net2net"),
      ]),
  ],
  cxxLanguageStandard: .cxx20
)
