import CTorch
public import Net2Net

/// libtorch as this process has it.
public enum Engine {
  /// Whether this build found libtorch.
  public static var isAvailable: Bool { ct_is_available() }

  /// libtorch's version, such as `2.13.0`; nil without it.
  public static var version: String? {
    isAvailable ? String(cString: ct_version()) : nil
  }

  /// The words for a build without libtorch.
  public static let howToGetIt =
    "run `make setup`, or set LIBTORCH to a torch 2.13 installation, and build again"

  /// How many threads an operator uses.
  ///
  /// Two processes that share cores slow each other down several times over while their idle
  /// threads spin; start them with `OMP_WAIT_POLICY=passive` in the environment, which is read
  /// when the library loads and cannot be set from here.
  public static var threads: Int { Int(ct_thread_count()) }

  public static func setThreads(_ count: Int) throws(EngineError) {
    guard (1...4096).contains(count) else { throw .threadCount(count) }
    try check(ct_set_thread_count(Int64(count)), operation: "setting the number of threads")
  }

  /// Whether processes can exchange what is on their GPUs.
  package static var hasNCCL: Bool { ct_distributed_takes_gpus() }

  /// Which of several GPUs ``Device/cuda`` means from now on.
  package static func chooseGPU(_ index: Int) throws(EngineError) {
    try check(ct_choose_gpu(Int64(index)), operation: "choosing a GPU")
  }

  /// Runs once, before the first tensor is made.
  static let prepared: Void = ct_prepare()
}

/// Where tensors live and operators run.
public enum Device: String, Hashable, Sendable, Codable, CaseIterable {
  case cpu, cuda, mps

  public var isAvailable: Bool { ct_device_is_available(code) }

  /// How many this machine has.
  public var count: Int { Int(ct_device_count(code)) }

  var code: ct_device {
    switch self {
    case .cpu: CT_CPU
    case .cuda: CT_CUDA
    case .mps: CT_MPS
    }
  }
}

/// The floating-point type a network is run in. Integer tensors keep their own.
public enum Precision: String, Hashable, Sendable, Codable, CaseIterable {
  case float32, float64
  /// Parameters, their gradients, norms and losses in float32; products, and what flows between
  /// them, in bfloat16.
  case bfloat16

  /// Of parameters, and of what goes into a network and comes out of it.
  public var elementType: ElementType {
    switch self {
    case .float32, .bfloat16: .float32
    case .float64: .float64
    }
  }
}
