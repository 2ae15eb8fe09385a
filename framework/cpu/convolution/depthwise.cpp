// Depthwise convolutions: the passes over the planes of all images and channels.
#include "framework/cpu/convolution/data_phases.hpp"
#include "framework/cpu/convolution/depthwise_plane.hpp"
#include "framework/cpu/epilogue.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Elements of planes that pay for waking a thread.
constexpr std::int64_t kElementsPerRange = 65536;

std::int64_t planes_per_range(const ConvolutionShape& s) {
  const std::int64_t numel = ConvolutionShape::volume(s.input) + ConvolutionShape::volume(s.output);
  return larger(1, kElementsPerRange / numel);
}

// The outputs of one plane, [height][width].
template <int Height, int Width, int Step>
void correlate_plane(const DepthwisePlane& plane, const float* weights, float offset,
                     std::int64_t height, std::int64_t width, float* to) {
  if (height < kDepthwiseRows) {
    for (std::int64_t h = 0; h < height; ++h) {
      depthwise_rows<Height, Width, Step, 1>(plane, plane.first + h * plane.pitch, weights, offset,
                                             width, width, to + h * width);
    }
    return;
  }
  for (std::int64_t h = 0; h < height; h += kDepthwiseRows) {
    // The last tile computes rows of the one before again.
    const std::int64_t row = smaller(h, height - kDepthwiseRows);
    depthwise_rows<Height, Width, Step, kDepthwiseRows>(
        plane, plane.first + row * plane.pitch, weights, offset, width, width, to + row * width);
  }
}

void correlate(const DepthwisePlane& plane, const float* weights, float offset, std::int64_t height,
               std::int64_t width, float* to) {
  with_kernel(plane, [&]<int Height, int Width, int Step>() {
    correlate_plane<Height, Width, Step>(plane, weights, offset, height, width, to);
  });
}

// Calls body(stage, plane, i) for plane i of the input, which is in the stage with its borders.
template <class Body>
void for_each_input_plane(const ConvolutionShape& s, const float* x, Body body) {
  const std::int64_t numel = ConvolutionShape::volume(s.input);
  parallel_for(s.batch * s.in_channels, planes_per_range(s),
               [&](std::int64_t begin, std::int64_t end) {
                 const PlaneStage stage(input_columns(s, 0, x));
                 const DepthwisePlane plane = stage.plane(s.kernel[1], s.kernel[2]);
                 for (std::int64_t i = begin; i < end; ++i) {
                   stage.copy(x + i * numel);
                   body(stage, plane, i);
                 }
               });
}

// One phase of the gradient of a channel's data.
struct ChannelPhase {
  std::int64_t height;  // of its inputs
  std::int64_t width;
  std::int64_t offset;  // of the first pixel that they see
  std::int64_t kernel_height;
  std::int64_t kernel_width;
};

// dy of one channel, with the borders that all phases of the gradient need, and the phases.
class GradientStage {
 public:
  explicit GradientStage(const ConvolutionShape& s)
      : s_(s),
        images_(all_output_columns(s, 0, nullptr)),
        stage_(images_),
        listed_(16 * data_phases(s)) {
    for (std::int64_t i = 0; i < data_phases(s); ++i) {
      const DataPhase phase(s, i);
      if (!phase.has_inputs()) continue;
      list()[count_++] = {phase.count[1], phase.count[2],
                          first_pixel(output_columns(s, 0, phase, nullptr), images_),
                          phase.kernel[1], phase.kernel[2]};
    }
  }

  // grad_x of a plane; `weights` are those of flip_weights for its channel. `parts` has room for a
  // plane.
  void correlate_phases(const float* grad_y, const float* weights, float* parts,
                        float* grad_x) const {
    stage_.copy(grad_y);
    const bool joins = s_.stride[1] > 1;
    float* part = joins ? parts : grad_x;
    const ChannelPhase* const end = list() + count_;
    for (const ChannelPhase* phase = list(); phase != end; ++phase) {
      if (phase->kernel_height > 0 && phase->kernel_width > 0) {
        DepthwisePlane plane = stage_.plane(phase->kernel_height, phase->kernel_width);
        plane.first += phase->offset;
        correlate(plane, weights, 0, phase->height, phase->width, part);
        weights += phase->kernel_height * phase->kernel_width;
      } else {
        clear(phase->height * phase->width, part);
      }
      part += phase->height * phase->width;
    }
    if (joins) join(parts, grad_x);
  }

 private:
  // join_phases for one channel, without its divisions.
  void join(const float* parts, float* grad_x) const {
    const std::int64_t step = s_.stride[2];
    const std::int64_t width = s_.input[2];
    const std::int64_t phases_in_row = smaller(step, width);
    for (std::int64_t first = 0; first * phases_in_row < count_; ++first) {
      const std::int64_t height = list()[first * phases_in_row].height;
      for (std::int64_t row = 0; row < height; ++row) {
        join_row(s_, parts, row, height, step, grad_x + (first + row * step) * width);
      }
      parts += height * width;
    }
  }

  ChannelPhase* list() const { return reinterpret_cast<ChannelPhase*>(listed_.integers()); }

  const ConvolutionShape& s_;
  ImageColumns images_;
  PlaneStage stage_;
  Scratch listed_;
  std::int64_t count_ = 0;
};

// Weights of one channel that flip_weights stores.
std::int64_t flipped_numel(const ConvolutionShape& s) {
  std::int64_t numel = 0;
  for (std::int64_t i = 0; i < data_phases(s); ++i) {
    const DataPhase phase(s, i);
    if (phase.has_inputs()) numel += phase.kernel[1] * phase.kernel[2];
  }
  return numel;
}

// The weights that each phase sees, reversed: [channel][phase][kernel of the phase].
void flip_weights(const ConvolutionShape& s, const float* weight, float* flipped) {
  const std::int64_t numel = flipped_numel(s);
  const std::int64_t phases = data_phases(s);
  for (std::int64_t i = 0; i < phases; ++i) {
    const DataPhase phase(s, i);
    if (!phase.has_inputs()) continue;
    for (std::int64_t c = 0; c < s.in_channels; ++c) {
      const float* const kernel = weight + c * ConvolutionShape::volume(s.kernel);
      float* to = flipped + c * numel;
      for (std::int64_t h = phase.kernel[1] - 1; h >= 0; --h) {
        const float* const row = kernel + (phase.kernel_first[1] + h * phase.step[1]) * s.kernel[2];
        for (std::int64_t w = phase.kernel[2] - 1; w >= 0; --w) {
          *to++ = row[phase.kernel_first[2] + w * phase.step[2]];
        }
      }
    }
    flipped += phase.kernel[1] * phase.kernel[2];
  }
}

}  // namespace

void depthwise_forward(const ConvolutionShape& s, const float* x, const float* weight,
                       const Epilogue<float>& epilogue, float* y) {
  const std::int64_t to = ConvolutionShape::volume(s.output);
  const std::int64_t volume = ConvolutionShape::volume(s.kernel);
  for_each_input_plane(s, x, [&](const PlaneStage&, const DepthwisePlane& plane, std::int64_t i) {
    const std::int64_t channel = i % s.in_channels;
    const float bias = epilogue.bias == nullptr ? 0.0F : epilogue.bias[channel];
    correlate(plane, weight + channel * volume, bias, s.output[1], s.output[2], y + i * to);
    activate_all(epilogue.activation, to, y + i * to);
  });
}

void depthwise_moments_forward(const ConvolutionShape& s, const float* x, const float* weight_mean,
                               const float* weight_variance, const float* bias, float* mean,
                               float* variance) {
  const std::int64_t to = ConvolutionShape::volume(s.output);
  const std::int64_t volume = ConvolutionShape::volume(s.kernel);
  for_each_input_plane(
      s, x, [&](const PlaneStage& stage, const DepthwisePlane& plane, std::int64_t i) {
        const std::int64_t channel = i % s.in_channels;
        correlate(plane, weight_mean + channel * volume, bias == nullptr ? 0.0F : bias[channel],
                  s.output[1], s.output[2], mean + i * to);
        stage.square();
        correlate(plane, weight_variance + channel * volume, 0, s.output[1], s.output[2],
                  variance + i * to);
      });
}

void depthwise_backward_data(const ConvolutionShape& s, const float* grad_y, const float* weight,
                             float* grad_x) {
  const std::int64_t from = ConvolutionShape::volume(s.output);
  const std::int64_t to = ConvolutionShape::volume(s.input);
  const std::int64_t volume = flipped_numel(s);
  const Scratch flipped(s.in_channels * volume);
  flip_weights(s, weight, flipped.data());
  parallel_for(
      s.batch * s.in_channels, planes_per_range(s), [&](std::int64_t begin, std::int64_t end) {
        const GradientStage stage(s);
        const Scratch parts(to);
        for (std::int64_t i = begin; i < end; ++i) {
          stage.correlate_phases(grad_y + i * from, flipped.data() + i % s.in_channels * volume,
                                 parts.data(), grad_x + i * to);
        }
      });
}

void depthwise_moments_backward_data(const ConvolutionShape& s, const float* x,
                                     const float* weight_mean, const float* weight_variance,
                                     const float* grad_mean, const float* grad_variance,
                                     float* grad_x) {
  const std::int64_t from = ConvolutionShape::volume(s.output);
  const std::int64_t to = ConvolutionShape::volume(s.input);
  const std::int64_t volume = flipped_numel(s);
  const std::int64_t numel = s.in_channels * volume;
  const Scratch flipped(2 * numel);
  flip_weights(s, weight_mean, flipped.data());
  flip_weights(s, weight_variance, flipped.data() + numel);
  parallel_for(
      s.batch * s.in_channels, planes_per_range(s), [&](std::int64_t begin, std::int64_t end) {
        const GradientStage stage(s);
        const Scratch parts(to);
        const Scratch second(to);
        for (std::int64_t i = begin; i < end; ++i) {
          const float* const weights = flipped.data() + i % s.in_channels * volume;
          float* const plane = grad_x + i * to;
          stage.correlate_phases(grad_mean + i * from, weights, parts.data(), plane);
          stage.correlate_phases(grad_variance + i * from, weights + numel, parts.data(),
                                 second.data());
          map_serial(to, plane, formulas::MomentsGradient{}, static_cast<const float*>(plane),
                     static_cast<const float*>(second.data()), x + i * to);
        }
      });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
