// Sums of filtered pixels for convolutions and dense layers that are only evaluated: bias, an
// addend and relu in the pass that writes the result; and pooling. Float alone, for machines with
// wide registers.
//
// Channels lie side by side. A tile is a few neighbouring pixels of the result times one or two
// registers of output channels, whose sums stay in registers while all filter elements pass by:
// each is loaded once a tile, and each input number is broadcast from where it lies. That keeps
// the multipliers busy without copying the input into another order, which is what libraries that
// serve all sizes spend their time on where channels are few.
#pragma once

#include <cstdint>

/// Some neighbouring pixels of one row of the result, for some of its channels.
struct FilteredRow {
  int64_t pixels;
  /// The first input number that the first pixel reads, and how far apart those of neighbouring
  /// pixels are.
  const float *input;
  int64_t inputStep;
  /// A filter reads `rows` rows that are `rowStep` apart, in each `taps` places that are `tapStep`
  /// apart, and there `run` numbers side by side.
  int64_t rows, rowStep, taps, tapStep, run;
  /// Registers of one filter element for each output channel, in the order they are read in;
  /// those of the next channels begin `filterStep` later.
  const float *filters;
  int64_t filterStep;
  /// Filled up to a whole register.
  const float *bias;
  /// Null where nothing is added; as far apart as results are.
  const float *addend;
  float *result;
  int64_t resultStep;
  /// Output channels, one to two registers of them.
  int64_t channels;
  bool rectifies;
};

/// What one pixel of the result is pooled from: places within the input.
struct PooledWindow {
  const float *input;
  int64_t rows, rowStep, columns, columnStep;
  int64_t channels;
  float *result;
  /// The largest number, or else the sum times `factor`.
  bool takesLargest;
  float factor;
};

struct FilterKernels {
  /// Numbers in a register.
  int64_t lanes;
  void (*filter)(const FilteredRow &row);
  void (*pool)(const PooledWindow &window);
};

/// Null where this machine has no wide registers.
const FilterKernels *filterKernels();
