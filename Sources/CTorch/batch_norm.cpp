// Batch norm in training mode with what often follows it, relu(norm(x) + added), as one operator
// on channels-last tensors of the CPU.
//
// libtorch's norm, sum and relu read or write a tensor of this size nine times forwards and eight
// times backwards. Here it is four (five with a sum) and five (seven): one loop measures or adds
// up, one writes. The relu's mask is computed again from x, or read off the result where something
// was added, so that besides x nothing is kept.
//
// Sums run in float over 64 steps and then in double, about the first row as origin, in pieces
// whose size does not depend on the number of threads: neither does the result.
//
// Where several processes learn together the batch is that of all (synchronised batch norm): they
// exchange each channel's mean, squared deviations and count forwards, and its two sums backwards.

#if __has_include(<ATen/core/Tensor.h>)

#include "operators.h"

#include "channel_kernels.h"
#include "parallel.h"

#include <ATen/ops/add.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/relu.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

namespace net2net {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::MemoryFormat channelsLast(const Tensor &x) {
  return x.dim() == 4 ? at::MemoryFormat::ChannelsLast
      : x.dim() == 5  ? at::MemoryFormat::ChannelsLast3d
                      : at::MemoryFormat::Contiguous;
}

template <typename Element, typename Number>
const Element *elements(const Tensor &tensor) {
  return tensor.defined() ? static_cast<const Element *>(tensor.const_data_ptr()) : nullptr;
}

template <typename Element>
Element *target(const Tensor &tensor) {
  return tensor.defined() ? static_cast<Element *>(tensor.mutable_data_ptr()) : nullptr;
}

/// Rows of channels, cut into pieces that are computed one by one.
template <typename Element, typename Number>
struct Rows {
  const ChannelKernels<Element, Number> &kernels = channelKernels<Element, Number>();
  int64_t channels, rows, period, piece, pieces;

  explicit Rows(const Tensor &x) {
    channels = x.size(1);
    rows = x.numel() / channels;
    period = std::lcm(channels, kernels.group);
    const int64_t wanted = (int64_t(1) << 18) / static_cast<int64_t>(sizeof(Element));
    piece = std::max<int64_t>(1, wanted / period) * period;
    pieces = (x.numel() + piece - 1) / piece;
  }

  int64_t count() const { return rows * channels; }

  /// A period of a value for each channel.
  template <typename Value>
  std::vector<Number> repeated(const Value &value) const {
    std::vector<Number> values(period);
    for (int64_t place = 0; place < period; ++place) {
      values[place] = place < channels ? static_cast<Number>(value(place)) : values[place - channels];
    }
    return values;
  }

  /// Calls `body(begin, count)` for every piece.
  template <typename Body>
  void forEach(const Body &body, bool backwards) const {
    forEachIndex(
        pieces,
        [&](int64_t index) {
          const int64_t begin = index * piece;
          body(begin, std::min(piece, count() - begin));
        },
        backwards);
  }

  /// Two sums for each channel; `body(begin, count, first, second)` adds those of a piece.
  template <typename Body>
  std::pair<std::vector<double>, std::vector<double>> sums(const Body &body) const {
    std::vector<double> parts(2 * period * pieces, 0);
    forEach(
        [&](int64_t begin, int64_t count) {
          double *part = parts.data() + begin / piece * 2 * period;
          body(begin, count, part, part + period);
        },
        false);
    std::vector<double> first(channels, 0), second(channels, 0);
    for (int64_t index = 0; index < pieces; ++index) {
      const double *part = parts.data() + index * 2 * period;
      for (int64_t place = 0; place < period; ++place) {
        first[place % channels] += part[place];
        second[place % channels] += part[period + place];
      }
    }
    return {first, second};
  }
};

/// By channel: the mean of `count` rows, and the sum of their squared deviations from it.
struct Moments {
  std::vector<double> means, deviations;
  double count;
};

/// What forward keeps of a batch: (channel) each, and its rows.
struct Statistics {
  Tensor mean, inverseDeviation;
  double count;
};

struct Settings {
  double momentum, epsilon;
  bool rectifies;
};

/// Moves `running` towards the batch's statistics, the variance as PyTorch has it: unbiased.
template <typename Number>
void move(const Tensor &running, double share, int64_t channel, double value) {
  auto *numbers = static_cast<Number *>(running.mutable_data_ptr());
  numbers[channel] = static_cast<Number>((1 - share) * numbers[channel] + share * value);
}

template <typename Element, typename Number>
Moments measured(const Rows<Element, Number> &rows, const Tensor &x) {
  const auto *source = elements<Element, Number>(x);
  const std::vector<Number> origin = rows.repeated([&](int64_t channel) {
    if constexpr (std::is_same_v<Element, BrainFloat>) {
      return __builtin_bit_cast(float, static_cast<uint32_t>(source[channel].bits) << 16);
    } else {
      return source[channel];
    }
  });
  const auto [sums, squares] =
      rows.sums([&](int64_t begin, int64_t count, double *first, double *second) {
        rows.kernels.moments(source + begin, count, rows.period, origin.data(), first, second);
      });
  const double count = static_cast<double>(rows.rows);
  Moments moments{std::vector<double>(rows.channels), std::vector<double>(rows.channels), count};
  for (int64_t channel = 0; channel < rows.channels; ++channel) {
    const double offset = sums[channel] / count;
    moments.means[channel] = origin[channel] + offset;
    moments.deviations[channel] = std::max(0.0, squares[channel] - sums[channel] * offset);
  }
  return moments;
}

/// The moments of the rows of all ranks (Chan, Golub and LeVeque 1983): every rank combines them
/// in the same order, to the same bits.
Moments combined(const Moments &own, Ranks &ranks) {
  const auto channels = static_cast<int64_t>(own.means.size());
  const Tensor row = at::empty({2 * channels + 1}, at::kDouble);
  auto *numbers = target<double>(row);
  std::copy(own.means.begin(), own.means.end(), numbers);
  std::copy(own.deviations.begin(), own.deviations.end(), numbers + channels);
  numbers[2 * channels] = own.count;

  const Tensor table = ranks.gathered(row);
  const auto *all = elements<double, double>(table);
  const int64_t size = table.size(0), width = table.size(1);
  const auto count = [&](int64_t rank) { return all[rank * width + 2 * channels]; };
  Moments moments{own.means, own.deviations, 0};
  for (int64_t rank = 0; rank < size; ++rank) moments.count += count(rank);
  for (int64_t channel = 0; channel < channels; ++channel) {
    const double origin = all[channel];
    double offset = 0, deviations = 0;
    for (int64_t rank = 0; rank < size; ++rank) {
      offset += count(rank) * (all[rank * width + channel] - origin);
    }
    const double mean = origin + offset / moments.count;
    for (int64_t rank = 0; rank < size; ++rank) {
      const double *of = all + rank * width + channel;
      deviations += of[channels] + count(rank) * (of[0] - mean) * (of[0] - mean);
    }
    moments.means[channel] = mean;
    moments.deviations[channel] = deviations;
  }
  return moments;
}

template <typename Number>
Statistics settled(
    const Moments &moments, const Tensor &runningMean, const Tensor &runningVariance,
    const Settings &settings) {
  const auto channels = static_cast<int64_t>(moments.means.size());
  const auto type = std::is_same_v<Number, double> ? at::kDouble : at::kFloat;
  Statistics statistics{at::empty({channels}, type), at::empty({channels}, type), moments.count};
  auto *means = target<Number>(statistics.mean);
  auto *inverses = target<Number>(statistics.inverseDeviation);
  for (int64_t channel = 0; channel < channels; ++channel) {
    const double mean = moments.means[channel], deviations = moments.deviations[channel];
    means[channel] = static_cast<Number>(mean);
    inverses[channel] =
        static_cast<Number>(1 / std::sqrt(deviations / moments.count + settings.epsilon));
    if (runningMean.defined()) move<Number>(runningMean, settings.momentum, channel, mean);
    if (runningVariance.defined()) {
      move<Number>(
          runningVariance, settings.momentum, channel, deviations / (moments.count - 1));
    }
  }
  return statistics;
}

/// What a channel's elements are moved by and multiplied with, a period of each.
template <typename Number>
struct Coefficients {
  std::vector<Number> mean, scale, bias;

  template <typename Element>
  Coefficients(
      const Rows<Element, Number> &rows, const Statistics &statistics, const Tensor &weight,
      const Tensor &bias) {
    const auto *means = elements<Number, Number>(statistics.mean);
    const auto *inverses = elements<Number, Number>(statistics.inverseDeviation);
    const auto *weights = elements<Number, Number>(weight);
    const auto *biases = elements<Number, Number>(bias);
    mean = rows.repeated([&](int64_t channel) { return means[channel]; });
    scale = rows.repeated([&](int64_t channel) { return weights[channel] * inverses[channel]; });
    this->bias = rows.repeated([&](int64_t channel) { return biases[channel]; });
  }
};

template <typename Element, typename Number>
std::pair<Tensor, Statistics> forward(
    const Tensor &x, const Tensor &added, const Tensor &weight, const Tensor &bias,
    const Tensor &runningMean, const Tensor &runningVariance, const Settings &settings,
    Ranks *ranks) {
  const Rows<Element, Number> rows(x);
  const Moments own = measured(rows, x);
  const Statistics statistics = settled<Number>(
      ranks == nullptr ? own : combined(own, *ranks), runningMean, runningVariance, settings);
  const Coefficients<Number> by(rows, statistics, weight, bias);
  const Tensor y = at::empty_like(x, x.options(), channelsLast(x));
  const auto *source = elements<Element, Number>(x);
  const auto *addend = elements<Element, Number>(added);
  auto *result = target<Element>(y);
  // Backwards, as the end of x is what the caches still hold.
  rows.forEach(
      [&](int64_t begin, int64_t count) {
        rows.kernels.normalize(
            source + begin, addend == nullptr ? nullptr : addend + begin, result + begin, count,
            rows.period, by.mean.data(), by.scale.data(), by.bias.data(), settings.rectifies);
      },
      true);
  return {y, statistics};
}

struct Gradients {
  Tensor x, added, weight, bias;
};

/// Sums of all ranks in the place of this rank's.
void addUp(std::vector<double> &first, std::vector<double> &second, Ranks &ranks) {
  const auto count = static_cast<int64_t>(first.size());
  Tensor both = at::empty({2 * count}, at::kDouble);
  auto *numbers = target<double>(both);
  std::copy(first.begin(), first.end(), numbers);
  std::copy(second.begin(), second.end(), numbers + count);
  ranks.sum(both);
  std::copy(numbers, numbers + count, first.begin());
  std::copy(numbers + count, numbers + 2 * count, second.begin());
}

/// With x̂ = (x − mean) / σ and g the gradient behind the mask, over n rows:
/// dbias = Σ g,  dweight = Σ g·x̂,  dx = weight/σ · (g − Σ g / n − x̂ · Σ g·x̂ / n). For dx the rows
/// are those of all ranks; dbias and dweight are added up with the other parameters' gradients.
template <typename Element, typename Number>
Gradients backward(
    const Tensor &x, const Tensor &y, const Tensor &dy, const Tensor &weight, const Tensor &bias,
    const Statistics &statistics, bool rectifies, Ranks *ranks) {
  const Rows<Element, Number> rows(x);
  const Coefficients<Number> by(rows, statistics, weight, bias);
  const Mask mask = !rectifies ? Mask::none : y.defined() ? Mask::stored : Mask::recomputed;
  Gradients gradients{
      at::empty_like(x, x.options(), channelsLast(x)), dy, at::empty_like(weight),
      at::empty_like(weight)};
  if (mask == Mask::stored) gradients.added = at::empty_like(x, x.options(), channelsLast(x));

  const auto *source = elements<Element, Number>(x);
  const auto *result = elements<Element, Number>(y);
  const auto *slope = elements<Element, Number>(dy);
  auto *kept = mask == Mask::stored ? target<Element>(gradients.added) : nullptr;
  const auto at = [](auto *base, int64_t begin) {
    return base == nullptr ? nullptr : base + begin;
  };
  auto [sums, products] =
      rows.sums([&](int64_t begin, int64_t count, double *first, double *second) {
        rows.kernels.gradientSums(
            mask, source + begin, at(result, begin), slope + begin, at(kept, begin), count,
            rows.period, by.mean.data(), by.scale.data(), by.bias.data(), first, second);
      });

  const auto *inverses = elements<Number, Number>(statistics.inverseDeviation);
  auto *weights = target<Number>(gradients.weight);
  auto *biases = target<Number>(gradients.bias);
  for (int64_t channel = 0; channel < rows.channels; ++channel) {
    weights[channel] = static_cast<Number>(products[channel] * inverses[channel]);
    biases[channel] = static_cast<Number>(sums[channel]);
  }
  if (ranks != nullptr) addUp(sums, products, *ranks);
  const double count = statistics.count;
  const auto slopes = rows.repeated([&, &products = products](int64_t channel) {
    const double inverse = inverses[channel];
    return by.scale[channel] * inverse * inverse * products[channel] / count;
  });
  const auto offsets = rows.repeated([&, &sums = sums](int64_t channel) {
    return by.scale[channel] * sums[channel] / count;
  });
  const Element *masked = kept != nullptr ? kept : slope;
  auto *dx = target<Element>(gradients.x);
  rows.forEach(
      [&](int64_t begin, int64_t count) {
        rows.kernels.inputGradient(
            mask == Mask::recomputed, source + begin, masked + begin, dx + begin, count,
            rows.period, by.mean.data(), by.scale.data(), by.bias.data(), slopes.data(),
            offsets.data());
      },
      true);
  return gradients;
}

/// Calls `body.operator()<Element, Number>()` for the type of x.
template <typename Body>
auto withElements(const Tensor &x, const Body &body) {
  switch (x.scalar_type()) {
    case at::kDouble: return body.template operator()<double, double>();
    case at::kBFloat16: return body.template operator()<BrainFloat, float>();
    default: return body.template operator()<float, float>();
  }
}

struct NormFunction : torch::autograd::Function<NormFunction> {
  static Tensor forward(
      AutogradContext *context, const Tensor &x, const std::optional<Tensor> &addend,
      const Tensor &weight, const Tensor &bias, const std::optional<Tensor> &runningMean,
      const std::optional<Tensor> &runningVariance, double momentum, double epsilon,
      bool rectifies, const std::optional<RanksPointer> &ranks) {
    const Tensor added = addend.value_or(Tensor());
    const Settings settings{momentum, epsilon, rectifies};
    const auto [y, statistics] = withElements(x, [&]<typename Element, typename Number>() {
      return net2net::forward<Element, Number>(
          x, added, weight, bias, runningMean.value_or(Tensor()),
          runningVariance.value_or(Tensor()), settings, ranks ? ranks->get() : nullptr);
    });
    context->save_for_backward(
        {x, rectifies && added.defined() ? y : Tensor(), weight, bias, statistics.mean,
         statistics.inverseDeviation});
    context->saved_data["rectifies"] = rectifies;
    context->saved_data["adds"] = added.defined();
    context->saved_data["count"] = statistics.count;
    if (ranks) context->saved_data["ranks"] = *ranks;
    return y;
  }

  static variable_list backward(AutogradContext *context, const variable_list &results) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0];
    const Tensor dy = results[0].contiguous(channelsLast(x));
    const auto found = context->saved_data.find("ranks");
    const RanksPointer ranks = found == context->saved_data.end()
        ? RanksPointer()
        : found->second.toCustomClass<Ranks>();
    const Gradients gradients = withElements(x, [&]<typename Element, typename Number>() {
      return net2net::backward<Element, Number>(
          x, saved[1], dy, saved[2], saved[3],
          {saved[4], saved[5], context->saved_data["count"].toDouble()},
          context->saved_data["rectifies"].toBool(), ranks.get());
    });
    const bool adds = context->saved_data["adds"].toBool();
    return {gradients.x,    adds ? gradients.added : Tensor(),
            gradients.weight, gradients.bias,
            Tensor(),       Tensor(),
            Tensor(),       Tensor(),
            Tensor(),       Tensor()};
  }
};

/// Whether the loops here suit: a CPU, numbers of the types they know …
bool suits(const Tensor &x, const Tensor &weight, const Tensor &bias) {
  const auto type = x.scalar_type();
  const auto number = type == at::kBFloat16 ? at::kFloat : type;
  const bool isKnown = type == at::kFloat || type == at::kDouble || type == at::kBFloat16;
  if (!isKnown || !x.device().is_cpu() || x.dim() < 2 || x.dim() == 3 || x.dim() > 5) return false;
  for (const Tensor &vector : {weight, bias}) {
    if (!vector.defined() || vector.scalar_type() != number || !vector.is_contiguous()) {
      return false;
    }
  }
  return true;
}

/// … and channels side by side, in two rows or more.
bool isArranged(const Tensor &x, const Tensor &added) {
  return x.is_contiguous(channelsLast(x)) && x.numel() >= 2 * x.size(1) &&
      (!added.defined() ||
       (added.sizes() == x.sizes() && added.scalar_type() == x.scalar_type() &&
        added.is_contiguous(channelsLast(x))));
}

/// Every rank comes this way whatever its part of the batch looks like, since all must exchange
/// the same.
Tensor synchronized(
    const Tensor &x, const std::optional<Tensor> &addend, const Tensor &weight,
    const Tensor &bias, const std::optional<Tensor> &runningMean,
    const std::optional<Tensor> &runningVariance, double momentum, double epsilon,
    bool rectifies, const RanksPointer &ranks) {
  if (addend && (addend->sizes() != x.sizes() || addend->scalar_type() != x.scalar_type())) {
    const Tensor y = synchronized(
        x, std::nullopt, weight, bias, runningMean, runningVariance, momentum, epsilon, false,
        ranks);
    return rectifies ? at::relu(at::add(y, *addend)) : at::add(y, *addend);
  }
  if (x.dim() == 3) {  // (N, C, L), as one row of an image
    const auto widened = addend ? std::optional(addend->unsqueeze(2)) : std::nullopt;
    return synchronized(
               x.unsqueeze(2), widened, weight, bias, runningMean, runningVariance, momentum,
               epsilon, rectifies, ranks)
        .squeeze(2);
  }
  TORCH_CHECK(
      suits(x, weight, bias), "batch norm over several processes takes float32, float64 and ",
      "bfloat16 of 2 to 5 axes on the CPU, not ", x.toString(), " of ", x.dim());
  const auto format = channelsLast(x);
  const auto arranged = addend ? std::optional(addend->contiguous(format)) : std::nullopt;
  return NormFunction::apply(
      x.contiguous(format), arranged, weight, bias, runningMean, runningVariance, momentum,
      epsilon, rectifies, std::optional(ranks));
}

}  // namespace

Tensor batchNorm(
    const Tensor &x, const std::optional<Tensor> &addend, const Tensor &weight,
    const Tensor &bias, const std::optional<Tensor> &runningMean,
    const std::optional<Tensor> &runningVariance, bool usesBatch, double momentum,
    double epsilon, bool rectifies, const std::optional<RanksPointer> &ranks) {
  if (usesBatch && ranks) {
    return synchronized(
        x, addend, weight, bias, runningMean, runningVariance, momentum, epsilon, rectifies,
        *ranks);
  }
  if (usesBatch && suits(x, weight, bias) && isArranged(x, addend.value_or(Tensor()))) {
    return NormFunction::apply(
        x, addend, weight, bias, runningMean, runningVariance, momentum, epsilon, rectifies,
        std::optional<RanksPointer>());
  }
  Tensor y = at::batch_norm(
      x, weight, bias, runningMean, runningVariance, usesBatch, momentum, epsilon,
      /*cudnn_enabled=*/true);
  if (addend) y = at::add(y, *addend);
  return rectifies ? at::relu_(y) : y;
}

}  // namespace net2net

#endif
