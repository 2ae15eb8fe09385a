// The gradient of a convolution's data in phases. With stride s, inputs whose positions differ by a
// multiple of s see the same kernel positions, each of them in neighbouring outputs. So the
// gradients of these inputs are a convolution with stride 1 of dy and some of the flipped weights.
// There are stride_d · stride_h · stride_w such phases; stride 1 has one.
#pragma once

#include "framework/cpu/convolution/image_columns.hpp"
#include "framework/cpu/simd/transpose.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The inputs and the kernel positions of one phase of the gradient of the data. In each dimension
/// inputs first, first + step, … (`count` of them) see kernel positions kernel_first, kernel_first
/// + step, … (`kernel` of them) at distances of 1 output. A stride beside a dilation is not
/// divided: there `step` is 1, and the outputs lie `spread` apart.
struct DataPhase {
  Extents3 first;
  Extents3 count;
  Extents3 step;
  Extents3 kernel_first;
  Extents3 kernel;
  Extents3 spread;

  /// Phase `index` of data_phases.
  DataPhase(const ConvolutionShape& s, std::int64_t index) {
    for (std::size_t i = 3; i-- > 0;) {
      const bool divided = s.dilation[i] == 1;
      step[i] = divided ? s.stride[i] : 1;
      spread[i] = divided ? 1 : s.stride[i];
      first[i] = index % step[i];
      index /= step[i];
      count[i] = divide_up(larger(0, s.input[i] - first[i]), step[i]);
      kernel_first[i] = (first[i] + s.padding[i]) % step[i];
      kernel[i] = divide_up(larger(0, s.kernel[i] - kernel_first[i]), step[i]);
    }
  }

  /// Whether there are inputs.
  bool has_inputs() const { return ConvolutionShape::volume(count) > 0; }
  /// Whether its inputs see any output. Else their gradient is 0.
  bool has_kernel() const { return ConvolutionShape::volume(kernel) > 0; }
};

/// The number of phases of the gradient of the data.
inline std::int64_t data_phases(const ConvolutionShape& s) {
  return ConvolutionShape::volume(DataPhase(s, 0).step);
}

/// The images of the gradient of the data of a group: the output's gradient. Columns are the inputs
/// of a phase, and the kernel positions run backwards.
inline ImageColumns output_columns(const ConvolutionShape& s, std::int64_t group,
                                   const DataPhase& phase, const float* grad_y) {
  const std::int64_t channels = s.out_channels / s.groups;
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  ImageColumns images{grad_y + group * channels * plane,
                      s.out_channels * plane,
                      channels,
                      s.output,
                      {},
                      phase.spread,
                      {1, 1, 1},
                      {},
                      phase.count,
                      {1, 1, 1},
                      phase.kernel,
                      s.dilation};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t reach = (phase.kernel[i] - 1) * s.dilation[i];
    const std::int64_t nearest =
        (phase.first[i] + s.padding[i] - phase.kernel_first[i]) / phase.step[i];
    images.before[i] = reach - nearest;
    images.staged_extents[i] = phase.count[i] + reach;
  }
  return images;
}

/// The same for all phases together: images with the borders that each of them needs.
inline ImageColumns all_output_columns(const ConvolutionShape& s, std::int64_t group,
                                       const float* grad_y) {
  ImageColumns all = output_columns(s, group, DataPhase(s, 0), grad_y);
  all.staged_extents = {0, 0, 0};
  const auto each_phase = [&](auto body) {
    for (std::int64_t i = 0; i < data_phases(s); ++i) {
      const DataPhase phase(s, i);
      if (phase.has_inputs() && phase.has_kernel()) body(output_columns(s, group, phase, grad_y));
    }
  };
  each_phase([&](const ImageColumns& own) {
    for (std::size_t i = 0; i < 3; ++i) all.before[i] = larger(all.before[i], own.before[i]);
  });
  each_phase([&](const ImageColumns& own) {
    for (std::size_t i = 0; i < 3; ++i) {
      all.staged_extents[i] =
          larger(all.staged_extents[i], all.before[i] - own.before[i] + own.staged_extents[i]);
    }
  });
  return all;
}

/// Where the first column of a phase begins in an image of all phases.
inline std::int64_t first_pixel(const ImageColumns& phase, const ImageColumns& all) {
  const Extents3& e = all.extents();
  return ((all.before[0] - phase.before[0]) * e[1] + all.before[1] - phase.before[1]) * e[2] +
         all.before[2] - phase.before[2];
}

/// The columns of a phase in images of all phases that are prepared at `pixels`, `stride` apart.
inline ImageColumns prepared_columns(ImageColumns phase, const ImageColumns& all,
                                     const float* pixels, std::int64_t stride) {
  phase.source = pixels + first_pixel(phase, all);
  phase.image_stride = stride;
  phase.source_extents = all.extents();
  phase.before = {0, 0, 0};
  phase.spread = {1, 1, 1};
  return phase;
}

/// Packs the weights [O, C, K] of a group as [C, O · K] with the kernel positions of a phase
/// reversed: the left-hand matrix of the gradient of the data.
inline void pack_transposed(const ConvolutionShape& s, std::int64_t group, const DataPhase& phase,
                            const float* weight, std::int64_t panel_rows, float* packed) {
  const std::int64_t out_channels = s.out_channels / s.groups;
  const std::int64_t in_channels = s.in_channels / s.groups;
  const std::int64_t volume = ConvolutionShape::volume(s.kernel);
  const Extents3& count = phase.kernel;
  const std::int64_t depth = out_channels * ConvolutionShape::volume(count);
  const auto position = [&](std::size_t i, std::int64_t k) {
    return phase.kernel_first[i] + (count[i] - 1 - k) * phase.step[i];
  };
  const Scratch offsets(2 * ConvolutionShape::volume(count));
  std::int64_t* next = offsets.integers();
  for (std::int64_t d = 0; d < count[0]; ++d) {
    for (std::int64_t h = 0; h < count[1]; ++h) {
      for (std::int64_t w = 0; w < count[2]; ++w) {
        *next++ = (position(0, d) * s.kernel[1] + position(1, h)) * s.kernel[2] + position(2, w);
      }
    }
  }
  // The order in which the weights lie in memory: kernels of one output side by side.
  for (std::int64_t o = 0; o < out_channels; ++o) {
    const float* const kernels = weight + (group * out_channels + o) * in_channels * volume;
    for (std::int64_t c = 0; c < in_channels; c += panel_rows) {
      const std::int64_t rows = smaller(panel_rows, in_channels - c);
      float* to = packed + c * depth + o * ConvolutionShape::volume(count) * rows;
      for (const std::int64_t* offset = offsets.integers(); offset != next; ++offset) {
        for (std::int64_t r = 0; r < rows; ++r) *to++ = kernels[(c + r) * volume + *offset];
      }
    }
  }
}

/// Joins row `row` of the phases of the last dimension, each of which has `rows` rows, to one row
/// of inputs. Input i is in phase i modulo step.
inline void join_row(const ConvolutionShape& s, const float* parts, std::int64_t row,
                     std::int64_t rows, std::int64_t step, float* to) {
  const std::int64_t width = s.input[2];
  if (step == 1) {
    copy_floats(width, parts + row * width, to);
  } else if (step == 2) {
    const std::int64_t even = divide_up(width, 2);
    join_alternate(width, parts + row * even, parts + rows * even + row * (width / 2), to);
  } else {
    for (std::int64_t phase = 0; phase < step; ++phase) {
      const std::int64_t count = divide_up(larger(0, width - phase), step);
      for (std::int64_t i = 0; i < count; ++i) to[phase + i * step] = parts[row * count + i];
      parts += rows * count;
    }
  }
}

/// Joins the phases of `channels` channels, [phase][channel][position], to [channel][position].
inline void join_phases(const ConvolutionShape& s, std::int64_t channels, const float* parts,
                        float* image) {
  const Extents3& e = s.input;
  const Extents3 step = DataPhase(s, 0).step;
  for (std::int64_t i = 0; i < data_phases(s); i += step[2]) {
    // The phases of the same rows follow each other.
    const DataPhase first(s, i);
    const std::int64_t height = first.count[0] * first.count[1];
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t row = 0; row < height; ++row) {
        const std::int64_t d = first.first[0] + row / first.count[1] * step[0];
        const std::int64_t h = first.first[1] + row % first.count[1] * step[1];
        join_row(s, parts, c * height + row, channels * height, step[2],
                 image + ((c * e[0] + d) * e[1] + h) * e[2]);
      }
    }
    parts += channels * height * e[2];
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
