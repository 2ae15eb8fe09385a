// Convolutions of images with stride 1 in two steps more than ladder_convolutions.cpp has: several
// output channels at a time, then a tile of sums in registers. The framework's own are in
// framework/cpu/convolution/direct_convolution.hpp, where the weights are packed too, registers are
// named explicitly, and threads share out the rows.
#include "benchmarks/kernels/families.hpp"
#include "framework/kernels/shapes.hpp"

#include <vector>

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

constexpr std::int64_t kChannels = 4;
constexpr std::int64_t kColumns = 32;

// A copy of one image with its padding, so that no loop below tests for the edge. Rows end with
// zeros, for a tile that is wider than what is left of the row.
struct PaddedImage {
  std::int64_t channels, height, width;
  std::vector<float> pixels;

  PaddedImage(const ConvolutionShape& s, const float* image)
      : channels(s.in_channels),
        height(s.input[1] + 2 * s.padding[1]),
        width(s.output[2] + s.kernel[2] + kColumns),
        pixels(static_cast<std::size_t>(channels * height * width)) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t y = 0; y < s.input[1]; ++y) {
        float* const to = pixels.data() + (c * height + y + s.padding[1]) * width + s.padding[2];
        for (std::int64_t x = 0; x < s.input[2]; ++x) to[x] = *image++;
      }
    }
  }

  const float* row(std::int64_t channel, std::int64_t y) const {
    return pixels.data() + (channel * height + y) * width;
  }
};

// Calls body(padded image, first output channel, row of the output, where to write it) for every
// row of kChannels channels; the last group of channels may have fewer.
template <class Body>
void for_each_row(const ConvolutionShape& s, const float* x, float* y, Body body) {
  const std::int64_t image_size = s.input_numel() / s.batch;
  for (std::int64_t n = 0; n < s.batch; ++n) {
    const PaddedImage image(s, x + n * image_size);
    for (std::int64_t o = 0; o < s.out_channels; o += kChannels) {
      for (std::int64_t oy = 0; oy < s.output[1]; ++oy) {
        body(image, o, oy, y + ((n * s.out_channels + o) * s.output[1] + oy) * s.output[2]);
      }
    }
  }
}

// A row of pixels that has been loaded serves four output channels, and the four rows of the
// output stay in the first-level cache for all products. Each multiply-add still loads and stores
// an output.
void forward_blocked(const ConvolutionShape& s, const float* x, const float* weight, float* y) {
  const std::int64_t taps = s.kernel[1] * s.kernel[2];
  const std::int64_t plane = s.output[1] * s.output[2];
  clear(s.output_numel(), y);
  for_each_row(s, x, y, [&](const PaddedImage& image, std::int64_t o, std::int64_t oy, float* to) {
    const std::int64_t last = s.out_channels - 1 - o;
    for (std::int64_t c = 0; c < s.in_channels; ++c) {
      for (std::int64_t tap = 0; tap < taps; ++tap) {
        const float* const from = image.row(c, oy + tap / s.kernel[2]) + tap % s.kernel[2];
        for (std::int64_t r = 0; r < kChannels && r <= last; ++r) {
          const float factor = weight[((o + r) * s.in_channels + c) * taps + tap];
          float* const row = to + r * plane;
          for (std::int64_t ox = 0; ox < s.output[2]; ++ox) row[ox] += factor * from[ox];
        }
      }
    }
  });
}

// The sums of four channels and 32 pixels stay in registers while all input channels and taps go
// by: an output is written once, and each pixel that is loaded serves four multiply-adds.
void sum_tile(const ConvolutionShape& s, const PaddedImage& image, std::int64_t oy, std::int64_t ox,
              const float* (&weights)[kChannels], float (&sums)[kChannels][kColumns]) {
  std::int64_t at = 0;
  for (std::int64_t c = 0; c < s.in_channels; ++c) {
    for (std::int64_t ky = 0; ky < s.kernel[1]; ++ky) {
      const float* const from = image.row(c, oy + ky) + ox;
      for (std::int64_t kx = 0; kx < s.kernel[2]; ++kx, ++at) {
#pragma GCC unroll 4
        for (std::int64_t r = 0; r < kChannels; ++r) {
          for (std::int64_t j = 0; j < kColumns; ++j) sums[r][j] += weights[r][at] * from[kx + j];
        }
      }
    }
  }
}

void forward_tiled(const ConvolutionShape& s, const float* x, const float* weight, float* y) {
  const std::int64_t depth = s.weight_numel() / s.out_channels;
  const std::int64_t plane = s.output[1] * s.output[2];
  for_each_row(s, x, y, [&](const PaddedImage& image, std::int64_t o, std::int64_t oy, float* to) {
    const std::int64_t last = s.out_channels - 1 - o;
    const float* weights[kChannels];
    // A channel that there is not computes what the last one does, and is not stored.
    for (std::int64_t r = 0; r < kChannels; ++r) {
      weights[r] = weight + (o + (r < last ? r : last)) * depth;
    }
    for (std::int64_t ox = 0; ox < s.output[2]; ox += kColumns) {
      float sums[kChannels][kColumns] = {};
      sum_tile(s, image, oy, ox, weights, sums);
      for (std::int64_t r = 0; r < kChannels && r <= last; ++r) {
        for (std::int64_t j = 0; j < kColumns && ox + j < s.output[2]; ++j) {
          to[r * plane + ox + j] = sums[r][j];
        }
      }
    }
  });
}

}  // namespace

void list_direct(Ladder& ladder) {
  ladder.convolution_forward_blocked = &forward_blocked;
  ladder.convolution_forward_tiled = &forward_tiled;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks
