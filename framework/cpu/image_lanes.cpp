#include "framework/cpu/image_lanes.hpp"

#include "framework/cpu/image_columns.hpp"
#include "framework/cpu/loops.hpp"
#include "framework/cpu/transpose.hpp"
#include "framework/ops/formulas.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Floats of laid out images and results that stay in the second-level cache.
constexpr std::int64_t kMostFloats = 131072;

// A convolution with stride 1 of two dimensions, forward or that of the output's gradient.
struct LaneShape {
  std::int64_t batch;
  std::int64_t in;
  std::int64_t out;
  std::int64_t height;
  std::int64_t width;
  std::int64_t out_height;
  std::int64_t out_width;
  std::int64_t kernel_height;
  std::int64_t kernel_width;
  std::int64_t pad_height;
  std::int64_t pad_width;

  std::int64_t plane() const { return height * width; }
  std::int64_t out_plane() const { return out_height * out_width; }
  std::int64_t depth() const { return in * kernel_height * kernel_width; }
  // Rows of a panel of weights: as many panels as the tile's rows ask for, of about equal size.
  std::int64_t panel_rows() const {
    const std::int64_t panels = (out + kTileRows - 1) / kTileRows;
    return (out + panels - 1) / panels;
  }
  // A column on either side, as pixels are worked on in pairs.
  std::int64_t row_stride() const { return (width + 2) * kLanes; }
  std::int64_t planes_numel() const { return in * height * row_stride() + kLanes; }
  std::int64_t result_numel() const { return panel_rows() * out_plane() * kLanes; }
};

LaneShape lane_shape(const ConvolutionShape& s, bool backward_data) {
  if (backward_data) {
    return {s.batch,
            s.out_channels,
            s.in_channels,
            s.output[1],
            s.output[2],
            s.input[1],
            s.input[2],
            s.kernel[1],
            s.kernel[2],
            s.kernel[1] - 1 - s.padding[1],
            s.kernel[2] - 1 - s.padding[2]};
  }
  return {s.batch,     s.in_channels, s.out_channels, s.input[1],   s.input[2],  s.output[1],
          s.output[2], s.kernel[1],   s.kernel[2],    s.padding[1], s.padding[2]};
}

// The images of one group, laid out.
class LanePlanes {
 public:
  explicit LanePlanes(const LaneShape& s) : s_(s), memory_(s.planes_numel()) {
    std::memset(memory_.data(), 0, static_cast<std::size_t>(s.planes_numel()) * sizeof(float));
  }

  void put(const float* images, std::int64_t count) const {
    for (std::int64_t channel = 0; channel < s_.in; ++channel) {
      std::int64_t row = 0;
      std::int64_t column = 0;
      for_each_column(count, s_.plane(), images + channel * s_.plane(), s_.in * s_.plane(),
                      [&](std::int64_t, Vec pixel) {
                        store(at(channel, row, column), pixel);
                        if (++column == s_.width) {
                          column = 0;
                          ++row;
                        }
                      });
    }
  }

  void square() const {
    map_serial(
        s_.planes_numel(), memory_.data(), [](Vec v) { return v * v; },
        static_cast<const float*>(memory_.data()));
  }

  float* at(std::int64_t channel, std::int64_t row, std::int64_t column) const {
    return memory_.data() + (channel * s_.height + row) * s_.row_stride() + (column + 1) * kLanes;
  }

 private:
  const LaneShape& s_;
  Scratch memory_;
};

// Outputs (row, column) and (row, column + 1) of a panel's channels.
template <int Rows>
TileSums<Rows> sum_pair(const LaneShape& s, const LanePlanes& planes, const float* panel,
                        std::int64_t row, std::int64_t column) {
  const std::int64_t first_row = larger(0, s.pad_height - row);
  const std::int64_t last_row = smaller(s.kernel_height, s.height + s.pad_height - row);
  // The taps that either of the pair has; where one has not, it meets the column of zeros.
  const std::int64_t first = larger(0, s.pad_width - column - 1);
  const std::int64_t last = smaller(s.kernel_width, s.width + s.pad_width - column);
  const std::int64_t taps = s.kernel_height * s.kernel_width * Rows;
  const std::int64_t plane = s.height * s.row_stride();
  TileSums<Rows> sums;
  // Over the channels innermost: their number is the same at every place, that of the taps is not.
  for (std::int64_t i = first_row; i < last_row; ++i) {
    for (std::int64_t j = first; j < last; ++j) {
      const float* a = panel + (i * s.kernel_width + j) * Rows;
      const float* b = planes.at(0, row + i - s.pad_height, column + j - s.pad_width);
      for (std::int64_t c = 0; c < s.in; ++c, a += taps, b += plane) sums.add(a, 1, b);
    }
  }
  return sums;
}

// The channels of a panel, result [channel][position][kLanes].
void multiply_panel(const LaneShape& s, const LanePlanes& planes, std::int64_t rows,
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

// Multiplies with packed weights. finish(product, image, channel, position, count, values) gets up
// to kLanes neighbouring outputs. With `squared` the second product is that of the squares of x[0].
template <int Products, class Finish>
void convolve(const LaneShape& s, const float* const (&x)[Products], bool squared,
              const float* const (&packed)[Products], Finish finish) {
  parallel_for(s.batch, kLanes, [&](std::int64_t begin, std::int64_t end) {
    const LanePlanes planes(s);
    const Scratch result(s.result_numel());
    for (int product = 0; product < Products; ++product) {
      if (product == 1 && squared) {
        planes.square();
      } else {
        planes.put(x[product] + begin * s.in * s.plane(), end - begin);
      }
      for (std::int64_t panel = 0; panel < s.out; panel += s.panel_rows()) {
        const std::int64_t rows = smaller(s.panel_rows(), s.out - panel);
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

// The weights of the forward pass in panels, of the gradient's transposed and flipped.
class LaneWeights {
 public:
  LaneWeights(const ConvolutionShape& s, const LaneShape& lanes, const float* weight,
              bool backward_data)
      : packed_(s.weight_numel()) {
    if (backward_data) {
      pack_transposed(s, 0, weight, lanes.panel_rows(), packed_.data());
    } else {
      pack_rows({weight, lanes.depth(), 1}, lanes.out, lanes.depth(), packed_.data(),
                lanes.panel_rows());
    }
  }
  const float* data() const { return packed_.data(); }

 private:
  Scratch packed_;
};

float* element(const LaneShape& s, float* y, std::int64_t image, std::int64_t channel,
               std::int64_t position) {
  return y + (image * s.out + channel) * s.out_plane() + position;
}

}  // namespace

bool lanes_suit(const ConvolutionShape& shape, bool backward_data) {
  const bool fits = shape.groups == 1 && shape.input[0] == 1 && shape.kernel[0] == 1 &&
                    shape.padding[0] == 0 && shape.stride == Extents3{1, 1, 1} &&
                    shape.dilation == Extents3{1, 1, 1} && shape.padding[1] < shape.kernel[1] &&
                    shape.padding[2] < shape.kernel[2];
  if (!fits || ConvolutionShape::volume(shape.kernel) == 1) return false;
  const LaneShape s = lane_shape(shape, backward_data);
  // Lanes without an image cost as much as the others.
  const bool filled = 4 * s.batch >= 3 * round_up(s.batch, kLanes);
  // Laying out and bringing back must be a small part of the work.
  const bool deep = s.depth() >= 64 && s.out >= 4;
  return filled && deep && s.planes_numel() + s.result_numel() <= kMostFloats;
}

void lanes_forward(const ConvolutionShape& shape, const float* x, const float* weight,
                   const float* bias, float* y) {
  const LaneShape s = lane_shape(shape, false);
  const LaneWeights packed(shape, s, weight, false);
  convolve<1>(s, {x}, false, {packed.data()},
              [&](int, std::int64_t image, std::int64_t channel, std::int64_t position,
                  std::int64_t count, Vec values) {
                const Vec offset(bias == nullptr ? 0.0F : bias[channel]);
                store_some(element(s, y, image, channel, position), values + offset, count);
              });
}

void lanes_backward_data(const ConvolutionShape& shape, const float* grad_y, const float* weight,
                         float* grad_x) {
  const LaneShape s = lane_shape(shape, true);
  const LaneWeights packed(shape, s, weight, true);
  convolve<1>(
      s, {grad_y}, false, {packed.data()},
      [&](int, std::int64_t image, std::int64_t channel, std::int64_t position, std::int64_t count,
          Vec values) { store_some(element(s, grad_x, image, channel, position), values, count); });
}

void lanes_moments_forward(const ConvolutionShape& shape, const float* x, const float* weight_mean,
                           const float* weight_variance, const float* bias, float* mean,
                           float* variance) {
  const LaneShape s = lane_shape(shape, false);
  const LaneWeights packed_mean(shape, s, weight_mean, false);
  const LaneWeights packed_variance(shape, s, weight_variance, false);
  convolve<2>(s, {x, x}, true, {packed_mean.data(), packed_variance.data()},
              [&](int product, std::int64_t image, std::int64_t channel, std::int64_t position,
                  std::int64_t count, Vec values) {
                const bool first = product == 0;
                const Vec offset(first && bias != nullptr ? bias[channel] : 0.0F);
                store_some(element(s, first ? mean : variance, image, channel, position),
                           values + offset, count);
              });
}

void lanes_moments_backward_data(const ConvolutionShape& shape, const float* x,
                                 const float* weight_mean, const float* weight_variance,
                                 const float* grad_mean, const float* grad_variance,
                                 float* grad_x) {
  const LaneShape s = lane_shape(shape, true);
  const LaneWeights packed_mean(shape, s, weight_mean, true);
  const LaneWeights packed_variance(shape, s, weight_variance, true);
  convolve<2>(s, {grad_mean, grad_variance}, false, {packed_mean.data(), packed_variance.data()},
              [&](int product, std::int64_t image, std::int64_t channel, std::int64_t position,
                  std::int64_t count, Vec values) {
                float* const to = element(s, grad_x, image, channel, position);
                if (product == 1) {
                  values = formulas::MomentsGradient{}(load_some(to, count), values,
                                                       load_some(x + (to - grad_x), count));
                }
                store_some(to, values, count);
              });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
