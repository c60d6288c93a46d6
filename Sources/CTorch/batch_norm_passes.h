// The two passes of batch norm in training mode and the two of its gradient, over rows of channels.
//
// Sums run in float over 64 steps and then in double, about the first row as origin, in pieces
// whose size does not depend on the number of threads: neither does the result.
//
// Where several processes learn together the batch is that of all (synchronised batch norm): they
// exchange each channel's mean, squared deviations and count forwards, and its two sums backwards.
#pragma once

#include "channel_rows.h"
#include "operators.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <cmath>

namespace net2net {

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
  if (rows.rows == 0) {
    return {std::vector<double>(rows.channels), std::vector<double>(rows.channels), 0};
  }
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
inline Moments combined(const Moments &own, Ranks &ranks) {
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
inline void addUp(std::vector<double> &first, std::vector<double> &second, Ranks &ranks) {
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

}  // namespace net2net
