/// The operators that networks are run with: libtorch's, and those that CTorch adds.
enum ATen {
  // Tensors.
  static let to = TorchOperator("aten::to.dtype_layout")
  static let clone = TorchOperator("aten::clone")
  static let detach = TorchOperator("aten::detach")
  static let copyInPlace = TorchOperator("aten::copy_")

  // Layers.
  static let convolution = TorchOperator("net2net::convolution")
  static let batchNorm = TorchOperator("net2net::batch_norm")
  static let packedFilters = TorchOperator("net2net::packed_filters")
  static let filtered = TorchOperator("net2net::filtered")
  static let pooled = TorchOperator("net2net::pooled")
  static let layerNorm = TorchOperator("aten::native_layer_norm")
  static let addMatrixProduct = TorchOperator("aten::addmm")
  static let linear = TorchOperator("aten::linear")
  static let matrixProduct2 = TorchOperator("aten::mm")
  static let matrixProduct = TorchOperator("aten::matmul")
  static let einsum = TorchOperator("aten::einsum")
  static let groupNorm = TorchOperator("aten::group_norm")
  static let rmsNorm = TorchOperator("aten::rms_norm")
  static let instanceNorm = TorchOperator("aten::instance_norm")
  static let dropout = TorchOperator("net2net::dropout")
  static let softmax = TorchOperator("aten::softmax.int")
  static let logSoftmax = TorchOperator("aten::log_softmax.int")

  // Pooling, by number of spatial axes less one.
  static let maxPool = [
    TorchOperator("aten::max_pool1d"), TorchOperator("aten::max_pool2d"),
    TorchOperator("aten::max_pool3d"),
  ]
  static let averagePool = [
    TorchOperator("aten::avg_pool1d"), TorchOperator("aten::avg_pool2d"),
    TorchOperator("aten::avg_pool3d"),
  ]

  // Reductions.
  static let mean = TorchOperator("aten::mean.dim")
  static let sum = TorchOperator("aten::sum.dim_IntList")
  static let product = TorchOperator("aten::prod.dim_int")
  static let maximum = TorchOperator("aten::amax")
  static let minimum = TorchOperator("aten::amin")
  static let vectorNorm = TorchOperator("aten::linalg_vector_norm")
  static let logSumExp = TorchOperator("aten::logsumexp")
  static let varianceAndMean = TorchOperator("aten::var_mean.correction")

  // Rearrangements.
  static let reshape = TorchOperator("aten::reshape")
  static let permute = TorchOperator("aten::permute")
  static let transpose = TorchOperator("aten::t")
  static let concatenate = TorchOperator("aten::cat")
  static let split = TorchOperator("aten::split_with_sizes")
  static let pad = TorchOperator("aten::constant_pad_nd")
  static let slice = TorchOperator("aten::slice.Tensor")
  static let flip = TorchOperator("aten::flip")
  static let expand = TorchOperator("aten::expand")
  static let tile = TorchOperator("aten::tile")
  static let cumulativeSum = TorchOperator("aten::cumsum")
  static let upperTriangle = TorchOperator("aten::triu")
  static let lowerTriangle = TorchOperator("aten::tril")

  // Indices.
  static let indexSelect = TorchOperator("aten::index_select")
  static let gather = TorchOperator("aten::gather")
  static let index = TorchOperator("aten::index.Tensor")
  static let indexPut = TorchOperator("aten::index_put")
  static let unbind = TorchOperator("aten::unbind.int")
  static let arange = TorchOperator("aten::arange")
  static let placeOfLargest = TorchOperator("aten::argmax")
  static let placeOfSmallest = TorchOperator("aten::argmin")

  // Truth values.
  static let equal = TorchOperator("aten::eq.Tensor")
  static let less = TorchOperator("aten::lt.Tensor")
  static let lessOrEqual = TorchOperator("aten::le.Tensor")
  static let greater = TorchOperator("aten::gt.Tensor")
  static let greaterOrEqual = TorchOperator("aten::ge.Tensor")
  static let and = TorchOperator("aten::logical_and")
  static let or = TorchOperator("aten::logical_or")
  static let exclusiveOr = TorchOperator("aten::logical_xor")
  static let not = TorchOperator("aten::logical_not")
  static let isNaN = TorchOperator("aten::isnan")
  static let isInfinite = TorchOperator("aten::isinf")
  static let isPositiveInfinity = TorchOperator("aten::isposinf")
  static let isNegativeInfinity = TorchOperator("aten::isneginf")
  static let lessThanScalar = TorchOperator("aten::lt.Scalar")
  static let selection = TorchOperator("aten::where.self")

  // Arithmetic.
  static let add = TorchOperator("aten::add.Tensor")
  static let addInPlace = TorchOperator("aten::add_.Tensor")
  static let subtract = TorchOperator("aten::sub.Tensor")
  static let multiply = TorchOperator("aten::mul.Tensor")
  static let divide = TorchOperator("aten::div.Tensor")
  static let divideRounded = TorchOperator("aten::div.Tensor_mode")
  static let power = TorchOperator("aten::pow.Tensor_Tensor")
  static let modulo = TorchOperator("aten::remainder.Tensor")
  static let moduloScalar = TorchOperator("aten::remainder.Scalar")
  static let truncatedModulo = TorchOperator("aten::fmod.Tensor")
  static let larger = TorchOperator("aten::maximum")
  static let smaller = TorchOperator("aten::minimum")
  static let multiplyScalar = TorchOperator("aten::mul.Scalar")
  static let addScalar = TorchOperator("aten::add.Scalar")

  // Functions of one element.
  static let relu = TorchOperator("aten::relu")
  static let reluInPlace = TorchOperator("aten::relu_")
  static let leakyRelu = TorchOperator("aten::leaky_relu")
  static let parametricRelu = TorchOperator("aten::_prelu_kernel")
  static let elu = TorchOperator("aten::elu")
  static let sigmoid = TorchOperator("aten::sigmoid")
  static let hardSwish = TorchOperator("aten::hardswish")
  static let tanh = TorchOperator("aten::tanh")
  static let softplus = TorchOperator("aten::softplus")
  static let mish = TorchOperator("aten::mish")
  static let gelu = TorchOperator("aten::gelu")
  static let clamp = TorchOperator("aten::clamp")
  static let absolute = TorchOperator("aten::abs")
  static let negate = TorchOperator("aten::neg")
  static let exponential = TorchOperator("aten::exp")
  static let squareRoot = TorchOperator("aten::sqrt")
  static let reciprocal = TorchOperator("aten::reciprocal")
  static let errorFunction = TorchOperator("aten::erf")
  static let celu = TorchOperator("aten::celu")
  static let threshold = TorchOperator("aten::threshold")
  static let hardShrink = TorchOperator("aten::hardshrink")
  static let sine = TorchOperator("aten::sin")
  static let cosine = TorchOperator("aten::cos")
  static let tangent = TorchOperator("aten::tan")
  static let arcSine = TorchOperator("aten::asin")
  static let arcCosine = TorchOperator("aten::acos")
  static let arcTangent = TorchOperator("aten::atan")
  static let hyperbolicSine = TorchOperator("aten::sinh")
  static let hyperbolicCosine = TorchOperator("aten::cosh")
  static let areaSine = TorchOperator("aten::asinh")
  static let areaCosine = TorchOperator("aten::acosh")
  static let areaTangent = TorchOperator("aten::atanh")
  static let logarithm = TorchOperator("aten::log")
  static let floor = TorchOperator("aten::floor")
  static let ceiling = TorchOperator("aten::ceil")
  static let round = TorchOperator("aten::round")
  static let sign = TorchOperator("aten::sign")
}
