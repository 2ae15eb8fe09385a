// The shapes that kernels speak of: loops with broadcasting, convolutions, pooling windows, batch
// normalisation.
#pragma once

#include "framework/core/shape.hpp"

#include <array>
#include <cstdint>

namespace credence {

using Extents3 = std::array<std::int64_t, 3>;

/// A loop over up to kMaxRank extents with the element strides of two operands; 0 where one is
/// broadcast. Neighbouring dimensions that can be walked as one are merged, so that the last is as
/// long as can be.
struct BroadcastLoop {
  int rank = 0;
  std::array<std::int64_t, Shape::kMaxRank> extents{};
  std::array<std::int64_t, Shape::kMaxRank> a_strides{};
  std::array<std::int64_t, Shape::kMaxRank> b_strides{};
  std::int64_t numel = 1;
};

/// The loop over the common shape of a and b. Throws ShapeError, naming `op`, where they do not
/// broadcast.
BroadcastLoop broadcast_loop(const Shape& a, const Shape& b, const char* op);

/// A loop's dimensions in two groups: those that the second operand has, and those over which it is
/// broadcast, so that a sum onto its shape runs over them. The first group's b strides lead to the
/// result.
struct Reduction {
  BroadcastLoop kept;
  BroadcastLoop summed;
};
Reduction split_reduction(const BroadcastLoop& loop);

/// A convolution of up to three spatial dimensions (depth, height, width; the absent ones have
/// extent 1): input [N, C, D, H, W], weight [O, C / groups, KD, KH, KW], output [N, O, OD, OH, OW].
/// A fully connected layer is the case whose spatial extents are all 1.
struct ConvolutionShape {
  std::int64_t batch = 1;
  std::int64_t groups = 1;
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
  Extents3 input{1, 1, 1};
  Extents3 output{1, 1, 1};
  Extents3 kernel{1, 1, 1};
  Extents3 stride{1, 1, 1};
  Extents3 padding{0, 0, 0};
  Extents3 dilation{1, 1, 1};

  static constexpr std::int64_t volume(const Extents3& e) { return e[0] * e[1] * e[2]; }
  std::int64_t input_numel() const { return batch * in_channels * volume(input); }
  std::int64_t output_numel() const { return batch * out_channels * volume(output); }
  std::int64_t weight_numel() const {
    return out_channels * (in_channels / groups) * volume(kernel);
  }
  /// Whether no product belongs to it: there is no image, no channel or no pixel. Outputs that it
  /// has are then the bias, and all gradients but the bias's are 0.
  bool empty() const { return input_numel() == 0 || output_numel() == 0; }
  /// Whether it is a fully connected layer: one group, and one window, which is the image's pixel.
  bool fully_connected() const {
    constexpr Extents3 kOne{1, 1, 1};
    return groups == 1 && input == kOne && kernel == kOne && output == kOne &&
           padding == Extents3{0, 0, 0};
  }
};

/// What is computed: the output, the gradient of the input, or the gradient of the weights.
enum class ConvolutionPass : std::uint8_t { forward, backward_data, backward_weight };

/// Pooling windows over `planes` images (batch times channels) of up to three spatial dimensions.
struct PoolShape {
  std::int64_t planes = 1;
  Extents3 input{1, 1, 1};
  Extents3 output{1, 1, 1};
  Extents3 kernel{1, 1, 1};
  Extents3 stride{1, 1, 1};
  Extents3 padding{0, 0, 0};
};

/// Batch or filter response normalisation of an array [batch, channels, volume].
struct NormalizationShape {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  std::int64_t volume = 1;

  /// The elements of one channel.
  std::int64_t count() const { return batch * volume; }
};

}  // namespace credence
