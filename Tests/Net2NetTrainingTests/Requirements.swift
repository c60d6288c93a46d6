import Foundation
import Net2NetTorch
import Testing

extension Trait where Self == ConditionTrait {
  static var requiresTorch: Self {
    .enabled(if: Engine.isAvailable, "needs libtorch; \(Engine.howToGetIt)")
  }

  static var requiresFashionMNIST: Self {
    .enabled(
      if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist"),
      "needs Debian's package dataset-fashion-mnist")
  }
}

extension Tag {
  @Tag static var slow: Self
}
