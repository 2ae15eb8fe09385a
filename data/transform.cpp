// Transforms of images on the host, row by row: check, move, look up the float of each byte, add
// noise.
#include "data/transform.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/formulas/noise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace credence::data {
namespace {

constexpr std::int64_t kBytes = 256;

// The key of a custom step's random numbers. framework/formulas/augmentation.hpp has those of the
// other steps.
constexpr std::uint64_t kCustomKey = 0x437573746F6D2121U;

void check(const Rotation& rotation) {
  if (!std::isfinite(rotation.from) || !std::isfinite(rotation.to) || rotation.from > rotation.to) {
    throw ValueError(
        fmt::format("[rotation] angles from {} to {} degrees, expected finite ones in this order",
                    rotation.from, rotation.to));
  }
}

void check(const HorizontalFlip& flip) {
  if (!(flip.probability >= 0.0 && flip.probability <= 1.0)) {
    throw ValueError(
        fmt::format("[horizontal flip] probability {}, expected 0 to 1", flip.probability));
  }
}

void check(const RandomCrop& crop, std::int64_t height, std::int64_t width) {
  // A larger shift would move the whole image out of sight.
  if (crop.padding < 0 || crop.padding > std::min(height, width)) {
    throw ValueError(fmt::format("[random crop] padding {} for images of {} x {}, expected 0 to {}",
                                 crop.padding, height, width, std::min(height, width)));
  }
}

void check(const GaussianNoise& noise) {
  if (!(noise.sigma >= 0.0F) || !std::isfinite(noise.sigma)) {
    throw ValueError(fmt::format(
        "[gaussian noise] sigma {}, expected a finite number of at least 0", noise.sigma));
  }
}

void check(const Normalize& normalize, std::int64_t channels) {
  const auto& [mean, std] = normalize;
  if (static_cast<std::int64_t>(mean.size()) != channels ||
      static_cast<std::int64_t>(std.size()) != channels) {
    throw ValueError(
        fmt::format("[normalize] {} means and {} stds for images of {} channels, expected as many",
                    mean.size(), std.size(), channels));
  }
  for (std::size_t i = 0; i < std.size(); ++i) {
    if (!(std[i] > 0.0F) || !std::isfinite(std[i]) || !std::isfinite(mean[i])) {
      throw ValueError(
          fmt::format("[normalize] channel {} has mean {} and std {}, expected finite numbers "
                      "and a std above 0",
                      i, mean[i], std[i]));
    }
  }
}

// The normalised float of each byte, for each channel.
Tensor level_table(const std::optional<Normalize>& normalize, std::int64_t channels) {
  const Tensor table = Tensor::empty({channels, kBytes});
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    const auto at = static_cast<std::size_t>(channel);
    const double mean = normalize ? double{normalize->mean[at]} : 0.0;
    const double std = normalize ? double{normalize->std[at]} : 1.0;
    float* const levels = table.data<float>() + channel * kBytes;
    for (std::int64_t byte = 0; byte < kBytes; ++byte) {
      levels[byte] = static_cast<float>((static_cast<double>(byte) / 255.0 - mean) / std);
    }
  }
  return table;
}

// The standard deviation of the noise on normalised floats, for each channel.
Tensor noise_deviation_of(float sigma, const std::optional<Normalize>& normalize,
                          std::int64_t channels) {
  const Tensor deviation = Tensor::full({channels}, sigma);
  if (!normalize) return deviation;
  for (std::size_t channel = 0; channel < normalize->std.size(); ++channel) {
    deviation.data<float>()[channel] /= normalize->std[channel];
  }
  return deviation;
}

Augmentation augmentation_of(const Transform& transform, const Shape& image_shape) {
  Augmentation steps{.channels = image_shape[0], .height = image_shape[1], .width = image_shape[2]};
  if (transform.rotation) {
    check(*transform.rotation);
    steps.least_angle = transform.rotation->from;
    steps.greatest_angle = transform.rotation->to;
  }
  if (transform.horizontal_flip) {
    check(*transform.horizontal_flip);
    steps.flip_probability = transform.horizontal_flip->probability;
  }
  if (transform.random_crop) {
    check(*transform.random_crop, steps.height, steps.width);
    steps.crop_padding = transform.random_crop->padding;
  }
  return steps;
}

// Looks up a row of bytes from left to right or, with step -1, from right to left.
template <int step>
void copy_levels(const std::uint8_t* source, std::int64_t count, const float* levels,
                 float* target) {
  // An iteration takes one cycle; without unrolling, the speed would depend on the alignment of the
  // loop's code.
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < count; ++i) target[i] = levels[source[step * i]];
}

}  // namespace

SampleTransform::SampleTransform(const Transform& transform, const Shape& image_shape)
    : steps_(augmentation_of(transform, image_shape)), custom_(transform.custom) {
  if (transform.noise) check(*transform.noise);
  if (transform.normalize) check(*transform.normalize, steps_.channels);
  levels_ = level_table(transform.normalize, steps_.channels);
  if (transform.noise && transform.noise->sigma > 0.0F) {
    noise_deviation_ =
        noise_deviation_of(transform.noise->sigma, transform.normalize, steps_.channels);
  }
}

void SampleTransform::apply(const std::uint8_t* image, float* target,
                            const RandomStream& random) const {
  const std::int64_t plane = steps_.height * steps_.width;
  const augmentation::Move move = augmentation::draw_move(steps_, random);
  for (std::int64_t channel = 0; channel < steps_.channels; ++channel) {
    move_channel(image + channel * plane, target + channel * plane,
                 levels_.data<float>() + channel * kBytes, move);
  }
  if (noise_deviation_.defined()) add_noise(target, random);
  if (custom_) {
    custom_({target, static_cast<std::size_t>(steps_.channels * plane)},
            RandomStream{random.key ^ kCustomKey, random.draw});
  }
}

void SampleTransform::move_channel(const std::uint8_t* plane, float* target, const float* levels,
                                   const augmentation::Move& move) const {
  const std::int64_t height = steps_.height;
  const std::int64_t width = steps_.width;
  const float zero = levels[0];
  const augmentation::LevelLine level = augmentation::level_line(levels);
  const auto [begin, end] = augmentation::visible_columns(move, width);
  const std::int64_t count = end - begin;
  // The columns begin…end − 1 show the source from `first` on, in this direction.
  const int step = augmentation::column_step(move);
  const std::int64_t first = augmentation::column_before(move, width, begin);
  for (std::int64_t row = 0; row < height; ++row, target += width) {
    const std::int64_t source_row = augmentation::row_before(move, row);
    if (source_row < 0 || source_row >= height) {
      std::fill(target, target + width, zero);
      continue;
    }
    std::fill(target, target + begin, zero);
    float* out = target + begin;
    const std::uint8_t* source = plane + source_row * width + first;
    if (move.rotated()) {
      const augmentation::PixelLine line =
          augmentation::source_line(move.turn, height, width, source_row, first, step);
      for (std::int64_t i = 0; i < count; ++i) {
        out[i] = level(augmentation::interpolate(plane, height, width, line, i));
      }
    } else if (move.flip) {
      copy_levels<-1>(source, count, levels, out);
    } else {
      copy_levels<1>(source, count, levels, out);
    }
    std::fill(target + end, target + width, zero);
  }
}

void SampleTransform::add_noise(float* target, const RandomStream& random) const {
  using augmentation::kNoiseChunk;
  std::array<float, kNoiseChunk> noise;
  const auto& normal = kernels<float>(Device::cpu).normal;
  const std::int64_t plane = steps_.height * steps_.width;
  std::int64_t chunk = 0;
  for (std::int64_t channel = 0; channel < steps_.channels; ++channel) {
    const float deviation = noise_deviation_.data<float>()[channel];
    for (std::int64_t first = 0; first < plane; first += kNoiseChunk, ++chunk) {
      const std::int64_t count = std::min(kNoiseChunk, plane - first);
      normal(augmentation::noise_stream(random, chunk), count, noise.data());
      for (std::int64_t i = 0; i < count; ++i, ++target) {
        *target = formulas::AddNoise{}(*target, deviation, noise[static_cast<std::size_t>(i)]);
      }
    }
  }
}

Tensor to_float(const Tensor& images, const std::optional<Normalize>& normalize) {
  const Shape& shape = images.shape();
  const SampleTransform transform({.normalize = normalize}, {shape[1], shape[2], shape[3]});
  const Tensor pixels = Tensor::empty(shape);
  const std::int64_t numel = shape.numel_from(1);
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    transform.apply(images.data<std::uint8_t>() + n * numel, pixels.data<float>() + n * numel, {});
  }
  return pixels;
}

}  // namespace credence::data
