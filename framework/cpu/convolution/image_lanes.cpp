// The forward pass and the gradient of the data with an image in each lane (image_lanes.hpp). The
// gradient is the forward pass of the output's gradient with transposed, flipped weights.
#include "framework/cpu/convolution/image_lanes.hpp"

#include "framework/cpu/convolution/data_phases.hpp"
#include "framework/cpu/convolution/lane_planes.hpp"
#include "framework/cpu/epilogue.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Outputs (row, column) and (row, column + 1) of the channels of a panel. A long sum is made in a
// cascade (simd/cascade.hpp).
template <int Rows>
TileSums<Rows> sum_pair(const PlanarShape& s, const LanePlanes& planes, const float* panel,
                        std::int64_t row, std::int64_t column) {
  const std::int64_t first_row = larger(0, s.pad_height - row);
  const std::int64_t last_row = smaller(s.kernel_height, s.height + s.pad_height - row);
  // The taps of either output. Where only one of the pair has a tap, the other meets a zero of the
  // margin.
  const std::int64_t first = larger(0, s.pad_width - column - 1);
  const std::int64_t last = smaller(s.kernel_width, s.width + s.pad_width - column);
  const std::int64_t taps = s.kernel_height * s.kernel_width * Rows;
  const std::int64_t plane = planes.channel_stride();
  alignas(kVectorBytes) float levels[kCascadeLevels * kTileNumel];
  std::int64_t blocks = 0;
  std::int64_t terms = 0;
  TileSums<Rows> sums;
  const std::int64_t most_channels = larger(1, kCascadeBlock / s.kernel_width);
  for (std::int64_t channel = 0; channel < s.in; channel += most_channels) {
    const std::int64_t channels = smaller(most_channels, s.in - channel);
    for (std::int64_t i = first_row; i < last_row; ++i) {
      if (terms >= kCascadeBlock) {
        sums.join(blocks++, false, levels);
        sums = TileSums<Rows>();
        terms = 0;
      }
      terms += channels * (last - first);
      // The channels are the innermost loop, because their number is the same at every position.
      // The number of taps is not.
      for (std::int64_t j = first; j < last; ++j) {
        const float* a = panel + (i * s.kernel_width + j) * Rows + channel * taps;
        const float* b = planes.at(channel, row + i - s.pad_height, column + j - s.pad_width);
        for (std::int64_t c = 0; c < channels; ++c, a += taps, b += plane) sums.add(a, 1, b);
      }
    }
  }
  sums.join(blocks, true, levels);
  return sums;
}

// Computes the channels of a panel: result [channel][position][kLanes].
void multiply_panel(const PlanarShape& s, const LanePlanes& planes, std::int64_t rows,
                    const float* panel, float* result) {
  with_rows(rows, [&]<int Rows>() {
    for (std::int64_t row = 0; row < s.out_height; ++row) {
      for (std::int64_t column = 0; column < s.out_width; column += 2) {
        const TileSums<Rows> sums = sum_pair<Rows>(s, planes, panel, row, column);
        sums.store_to(result + (row * s.out_width + column) * kLanes, s.out_plane() * kLanes,
                      column + 1 < s.out_width);
      }
    }
  });
}

// Convolves the images with packed weights. finish(product, image, channel, position, count,
// values) gets up to kLanes neighbouring outputs. With `squared` the second product takes the
// squares of x[0].
template <int Products, class Finish>
void convolve(const PlanarShape& s, const float* const (&x)[Products], bool squared,
              const float* const (&packed)[Products], Finish finish) {
  parallel_for(s.batch, kLanes, [&](std::int64_t begin, std::int64_t end) {
    const LanePlanes planes(s.in, s.height, s.width, kLaneMargin);
    const Scratch result(even_panel_rows(s.out) * s.out_plane() * kLanes);
    for (int product = 0; product < Products; ++product) {
      if (product == 1 && squared) {
        planes.square();
      } else {
        planes.put(x[product] + begin * s.in * s.in_plane(), end - begin);
      }
      for (std::int64_t panel = 0; panel < s.out; panel += even_panel_rows(s.out)) {
        const std::int64_t rows = smaller(even_panel_rows(s.out), s.out - panel);
        multiply_panel(s, planes, rows, packed[product] + panel * s.depth(), result.data());
        for (std::int64_t channel = 0; channel < rows; ++channel) {
          const float* const from = result.data() + channel * s.out_plane() * kLanes;
          for_each_row_part(
              end - begin, s.out_plane(),
              [&](std::int64_t position) { return load(from + position * kLanes); },
              [&](std::int64_t image, std::int64_t first, std::int64_t count, Vec values) {
                finish(product, begin + image, panel + channel, first, count, values);
              });
        }
      }
    }
  });
}

// The weights in panels: as they are for the forward pass, transposed and flipped for the gradient
// of the data.
class LaneWeights {
 public:
  LaneWeights(const ConvolutionShape& s, const PlanarShape& lanes, const float* weight,
              bool backward_data)
      : packed_(s.weight_numel()) {
    if (backward_data) {
      pack_transposed(s, 0, DataPhase(s, 0), weight, even_panel_rows(lanes.out), packed_.data());
    } else {
      pack_rows({weight, lanes.depth(), 1}, lanes.out, lanes.depth(), packed_.data(),
                even_panel_rows(lanes.out));
    }
  }
  const float* data() const { return packed_.data(); }

 private:
  Scratch packed_;
};

}  // namespace

void lanes_forward(const ConvolutionShape& shape, const float* x, const float* weight,
                   const Epilogue<float>& epilogue, float* y) {
  const PlanarShape s(shape, false);
  const LaneWeights packed(shape, s, weight, false);
  convolve<1>(s, {x}, false, {packed.data()},
              [&](int, std::int64_t image, std::int64_t channel, std::int64_t position,
                  std::int64_t count, Vec values) {
                store_some(s.element(y, image, channel, position),
                           finish(epilogue, channel, values), count);
              });
}

void lanes_backward_data(const ConvolutionShape& shape, const float* grad_y, const float* weight,
                         float* grad_x) {
  const PlanarShape s(shape, true);
  const LaneWeights packed(shape, s, weight, true);
  convolve<1>(
      s, {grad_y}, false, {packed.data()},
      [&](int, std::int64_t image, std::int64_t channel, std::int64_t position, std::int64_t count,
          Vec values) { store_some(s.element(grad_x, image, channel, position), values, count); });
}

void lanes_moments_forward(const ConvolutionShape& shape, const float* x, const float* weight_mean,
                           const float* weight_variance, const float* bias, float* mean,
                           float* variance) {
  const PlanarShape s(shape, false);
  const LaneWeights packed_mean(shape, s, weight_mean, false);
  const LaneWeights packed_variance(shape, s, weight_variance, false);
  convolve<2>(s, {x, x}, true, {packed_mean.data(), packed_variance.data()},
              [&](int product, std::int64_t image, std::int64_t channel, std::int64_t position,
                  std::int64_t count, Vec values) {
                const bool first = product == 0;
                const Vec offset(first && bias != nullptr ? bias[channel] : 0.0F);
                store_some(s.element(first ? mean : variance, image, channel, position),
                           values + offset, count);
              });
}

void lanes_moments_backward_data(const ConvolutionShape& shape, const float* x,
                                 const float* weight_mean, const float* weight_variance,
                                 const float* grad_mean, const float* grad_variance,
                                 float* grad_x) {
  const PlanarShape s(shape, true);
  const LaneWeights packed_mean(shape, s, weight_mean, true);
  const LaneWeights packed_variance(shape, s, weight_variance, true);
  convolve<2>(s, {grad_mean, grad_variance}, false, {packed_mean.data(), packed_variance.data()},
              [&](int product, std::int64_t image, std::int64_t channel, std::int64_t position,
                  std::int64_t count, Vec values) {
                float* const to = s.element(grad_x, image, channel, position);
                if (product == 1) {
                  values = formulas::MomentsGradient{}(load_some(to, count), values,
                                                       load_some(x + (to - grad_x), count));
                }
                store_some(to, values, count);
              });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
