// The gradient of the weights with an image in each lane (image_lanes.hpp):
//   dw[o, c, k] = Σ over lanes of Σ_p dy[o, p][lane] · x[c, p + k][lane]
// Each lane sums the part of its images, and the lanes are added at the end.
#include "framework/cpu/convolution/image_lanes.hpp"
#include "framework/cpu/convolution/lane_planes.hpp"
#include "framework/cpu/simd/lane_sums.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Groups of kLanes images that one range of the parallel loop adds up. The number must not depend
// on the number of threads, or the bits would.
constexpr std::int64_t kGroupsPerRange = 2;

// Output channels whose sums, Taps for each, fit into the registers together.
template <int Taps>
constexpr int kRowsOf = static_cast<int>(Taps == 1                  ? 8
                                         : 2 * kTileRows / Taps > 8 ? 8
                                                                    : 2 * kTileRows / Taps);

// Adds the products of rows [first, last) of the gradient, of Rows channels from `channel` on, with
// one channel of x for one row of the kernel. The sums are [Rows][…][Taps][kLanes], and their rows
// lie row_stride apart.
template <int Rows, int Taps>
void add_products(const PlanarShape& s, const LanePlanes& x, const LanePlanes& grad,
                  std::int64_t in_channel, std::int64_t channel, std::int64_t kernel_row,
                  std::int64_t first, std::int64_t last, float* sums, std::int64_t row_stride) {
  Vec total[Rows][Taps];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 5
    for (int t = 0; t < Taps; ++t) total[r][t] = Vec(0);
  }
  const std::int64_t stride = grad.channel_stride();
  for (std::int64_t row = first; row < last; ++row) {
    const float* pixels = x.at(in_channel, row + kernel_row - s.pad_height, -s.pad_width);
    const float* gradients = grad.at(channel, row, 0);
    for (std::int64_t column = 0; column < s.out_width;
         ++column, pixels += kLanes, gradients += kLanes) {
      Vec pixel[Taps];
#pragma GCC unroll 5
      for (int t = 0; t < Taps; ++t) pixel[t] = load(pixels + t * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        const Vec g = in_register(load(gradients + r * stride));
#pragma GCC unroll 5
        for (int t = 0; t < Taps; ++t) total[r][t] += g * pixel[t];
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 5
    for (int t = 0; t < Taps; ++t) {
      float* const lanes = sums + r * row_stride + t * kLanes;
      store(lanes, load(lanes) + total[r][t]);
    }
  }
}

template <int Rows, int Taps, class Function>
void with_channels(std::int64_t rows, Function function) {
  if constexpr (Rows > 0) {
    if (rows >= Rows) {
      function.template operator()<Rows, Taps>();
    } else {
      with_channels<Rows - 1, Taps>(rows, function);
    }
  }
}

// Calls function.operator()<Rows, Taps>() with Taps = taps, and with Rows as large as the registers
// allow and `rows` at most.
template <int Taps = kMostLaneTaps, class Function>
void with_tile(std::int64_t rows, std::int64_t taps, Function function) {
  if constexpr (Taps > 0) {
    if (taps == Taps) {
      with_channels<kRowsOf<Taps>, Taps>(rows, function);
    } else {
      with_tile<Taps - 1>(rows, taps, function);
    }
  }
}

// sums [out][in][kernel row][kernel column][kLanes] += the products of one group of images.
void add_group(const PlanarShape& s, const LanePlanes& x, const LanePlanes& grad, float* sums) {
  const std::int64_t row_stride = s.depth() * kLanes;
  const std::int64_t rows_per_block = larger(1, kCascadeBlock / s.out_width);
  for (std::int64_t channel = 0; channel < s.out;) {
    with_tile(s.out - channel, s.kernel_width, [&]<int Rows, int Taps>() {
      for (std::int64_t in = 0; in < s.in; ++in) {
        for (std::int64_t i = 0; i < s.kernel_height; ++i) {
          float* const to =
              sums + channel * row_stride + (in * s.kernel_height + i) * Taps * kLanes;
          const std::int64_t end = smaller(s.out_height, s.height + s.pad_height - i);
          for (std::int64_t row = larger(0, s.pad_height - i); row < end; row += rows_per_block) {
            add_products<Rows, Taps>(s, x, grad, in, channel, i, row,
                                     smaller(end, row + rows_per_block), to, row_stride);
          }
        }
      }
      channel += Rows;
    });
  }
}

// Of two products the second one takes the squares of x.
template <int Products>
void backward_weight(const ConvolutionShape& shape, const float* x,
                     const float* const (&grad_y)[Products],
                     float* const (&grad_weight)[Products]) {
  const PlanarShape s(shape, false);
  const std::int64_t numel = s.out * s.depth();
  const std::int64_t grain = kGroupsPerRange * kLanes;
  const std::int64_t ranges = divide_up(s.batch, grain);
  const Scratch partial(ranges * Products * numel);
  parallel_for(s.batch, grain, [&](std::int64_t begin, std::int64_t end) {
    const LanePlanes pixels(s.in, s.height, s.width, s.pad_width);
    const LanePlanes gradients(s.out, s.out_height, s.out_width, 0);
    const Scratch sums(Products * numel * kLanes);
    std::memset(sums.data(), 0,
                static_cast<std::size_t>(Products * numel * kLanes) * sizeof(float));
    for (std::int64_t first = begin; first < end; first += kLanes) {
      const std::int64_t count = smaller(kLanes, end - first);
      pixels.put(x + first * s.in * s.in_plane(), count);
      for (int product = 0; product < Products; ++product) {
        if (product == 1) pixels.square();
        gradients.put(grad_y[product] + first * s.out * s.out_plane(), count);
        add_group(s, pixels, gradients, sums.data() + product * numel * kLanes);
      }
    }
    add_lanes(Products * numel, sums.data(), partial.data() + begin / grain * Products * numel);
  });
  for (int product = 0; product < Products; ++product) {
    sum_arrays(numel, ranges, Products * numel, partial.data() + product * numel,
               grad_weight[product]);
  }
}

}  // namespace

void lanes_backward_weight(const ConvolutionShape& shape, const float* x, const float* grad_y,
                           float* grad_weight) {
  backward_weight<1>(shape, x, {grad_y}, {grad_weight});
}

void lanes_moments_backward_weight(const ConvolutionShape& shape, const float* x,
                                   const float* grad_mean, const float* grad_variance,
                                   float* grad_weight_mean, float* grad_weight_variance) {
  backward_weight<2>(shape, x, {grad_mean, grad_variance},
                     {grad_weight_mean, grad_weight_variance});
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
