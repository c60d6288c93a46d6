internal import Foundation
internal import Net2NetTorch
public import Testing

// What a test needs; where it is missing the test is skipped, and says so.

extension Trait where Self == ConditionTrait {
  public static var requiresTorch: Self {
    .enabled(if: Engine.isAvailable, "needs libtorch; \(Engine.howToGetIt)")
  }

  public static var requiresPython: Self {
    .enabled(if: Python.isAvailable, "needs .venv with PyTorch, ONNX and safetensors: `make test`")
  }

  public static var requiresFashionMNIST: Self {
    .enabled(
      if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist"),
      "needs Debian's package dataset-fashion-mnist")
  }
}

extension Tag {
  /// Takes more than a few seconds.
  @Tag public static var slow: Self
}
