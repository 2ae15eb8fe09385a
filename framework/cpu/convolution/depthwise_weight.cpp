// The gradient of a depthwise convolution's weights,
//   dw[c, k] = Σ over images and positions of dy[n, c, position] · x[n, c, position + k]
// Each lane has sums of its own. A few rows are summed in registers, the sums of some of them in
// memory, and these are added in double precision. Threads share the channels, so that no sum is
// divided.
#include "framework/cpu/convolution/depthwise_plane.hpp"
#include "framework/cpu/simd/lane_sums.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Vectors whose products are summed in registers, and such sums that are added in memory.
constexpr std::int64_t kVectorsPerStrip = kCascadeBlock;
constexpr std::int64_t kStripsPerSum = kCascadeWidth;
// Channels of a task: planes that lie side by side, this many elements at least.
constexpr std::int64_t kElementsPerTask = 16384;
constexpr std::int64_t kMostChannels = 32;

// Adds the products of some rows of a plane to the lanes of sums [kernel][kLanes].
template <bool Squared>
void add_strip(const DepthwisePlane& plane, const float* at, const float* gradient,
               std::int64_t height, std::int64_t width, float* lanes) {
  with_kernel(plane, [&]<int Height, int Width, int Step>() {
    Vec sums[Height * Width];
#pragma GCC unroll 25
    for (int k = 0; k < Height * Width; ++k) sums[k] = Vec(0);
    std::int64_t h = 0;
    for (; h + kDepthwiseRows <= height; h += kDepthwiseRows) {
      depthwise_weight_rows<Height, Width, Step, kDepthwiseRows, Squared>(
          plane, at + h * plane.pitch, gradient + h * width, width, width, sums);
    }
    const auto rest = [&]<int Rows>() {
      depthwise_weight_rows<Height, Width, Step, Rows, Squared>(
          plane, at + h * plane.pitch, gradient + h * width, width, width, sums);
    };
    if (height - h == 3) {
      rest.template operator()<3>();
    } else if (height - h == 2) {
      rest.template operator()<2>();
    } else if (height - h == 1) {
      rest.template operator()<1>();
    }
#pragma GCC unroll 25
    for (int k = 0; k < Height * Width; ++k) {
      store(lanes + k * kLanes, load(lanes + k * kLanes) + sums[k]);
    }
  });
}

// The sums of some channels for one product.
class ChannelSums {
 public:
  ChannelSums(std::int64_t channels, std::int64_t volume)
      : volume_(volume),
        lanes_(channels * volume * kLanes),
        sums_(volume),
        totals_(2 * channels * volume) {
    clear(channels * volume * kLanes, lanes_.data());
    for (std::int64_t i = 0; i < channels * volume; ++i) totals()[i] = 0;
  }

  float* lanes(std::int64_t channel) const { return lanes_.data() + channel * volume_ * kLanes; }
  // Adds the lanes of a channel to its totals.
  void flush(std::int64_t channel) const {
    add_lanes(volume_, lanes(channel), sums_.data());
    double* const total = totals() + channel * volume_;
    for (std::int64_t k = 0; k < volume_; ++k) total[k] += static_cast<double>(sums_.data()[k]);
    clear(volume_ * kLanes, lanes(channel));
  }
  void put(std::int64_t channel, float* to) const {
    const double* const total = totals() + channel * volume_;
    for (std::int64_t k = 0; k < volume_; ++k) to[k] = static_cast<float>(total[k]);
  }

 private:
  double* totals() const { return reinterpret_cast<double*>(totals_.data()); }

  std::int64_t volume_;
  Scratch lanes_;
  Scratch sums_;
  Scratch totals_;
};

template <int Products>
void add_images(const ConvolutionShape& s, const float* x, const float* const (&grad_y)[Products],
                std::int64_t first, std::int64_t channels, float* const (&grad_weight)[Products]) {
  const std::int64_t volume = ConvolutionShape::volume(s.kernel);
  const std::int64_t height = s.output[1];
  const std::int64_t width = s.output[2];
  const std::int64_t rows = larger(1, kVectorsPerStrip / divide_up(width, kLanes));
  const PlaneStage stage(input_columns(s, 0, x));
  const DepthwisePlane plane = stage.plane(s.kernel[1], s.kernel[2]);
  const ChannelSums one(channels, volume);
  const ChannelSums two(Products == 2 ? channels : 0, volume);
  std::int64_t strips = 0;
  for (std::int64_t n = 0; n < s.batch; ++n) {
    std::int64_t after = strips;
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t channel = n * s.in_channels + first + c;
      stage.copy(x + channel * s.input[1] * s.input[2]);
      after = strips;
      for (std::int64_t h = 0; h < height; h += rows, ++after) {
        if (after == kStripsPerSum) {
          one.flush(c);
          if (Products == 2) two.flush(c);
          after = 0;
        }
        const float* const at = plane.first + h * plane.pitch;
        const std::int64_t position = channel * height * width + h * width;
        const std::int64_t count = smaller(rows, height - h);
        add_strip<false>(plane, at, grad_y[0] + position, count, width, one.lanes(c));
        if constexpr (Products == 2) {
          add_strip<true>(plane, at, grad_y[1] + position, count, width, two.lanes(c));
        }
      }
    }
    strips = after;
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    one.flush(c);
    one.put(c, grad_weight[0] + (first + c) * volume);
    if constexpr (Products == 2) {
      two.flush(c);
      two.put(c, grad_weight[1] + (first + c) * volume);
    }
  }
}

template <int Products>
void backward_weight(const ConvolutionShape& s, const float* x,
                     const float* const (&grad_y)[Products],
                     float* const (&grad_weight)[Products]) {
  const std::int64_t numel = ConvolutionShape::volume(s.input);
  const std::int64_t per_task = smaller(kMostChannels, divide_up(kElementsPerTask, numel));
  parallel_for(s.in_channels, per_task, [&](std::int64_t begin, std::int64_t end) {
    add_images<Products>(s, x, grad_y, begin, end - begin, grad_weight);
  });
}

}  // namespace

void depthwise_backward_weight(const ConvolutionShape& s, const float* x, const float* grad_y,
                               float* grad_weight) {
  backward_weight<1>(s, x, {grad_y}, {grad_weight});
}

void depthwise_moments_backward_weight(const ConvolutionShape& s, const float* x,
                                       const float* grad_mean, const float* grad_variance,
                                       float* grad_weight_mean, float* grad_weight_variance) {
  backward_weight<2>(s, x, {grad_mean, grad_variance}, {grad_weight_mean, grad_weight_variance});
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
