#include "data/transform.hpp"

#include "framework/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace credence::data {
namespace {

// Which of a sample's random numbers a step uses, so that switching one step on leaves the others'
// alone. A custom step has draws of its own.
constexpr std::int64_t kCropDown = 0;
constexpr std::int64_t kCropRight = 1;
constexpr std::uint64_t kCustomKey = 0x437573746F6D2121U;

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

std::vector<std::array<float, 256>> level_table(const std::optional<Normalize>& normalize,
                                                std::int64_t channels) {
  std::vector<std::array<float, 256>> table(static_cast<std::size_t>(channels));
  for (std::size_t channel = 0; channel < table.size(); ++channel) {
    const double mean = normalize ? double{normalize->mean[channel]} : 0.0;
    const double std = normalize ? double{normalize->std[channel]} : 1.0;
    for (std::size_t level = 0; level < 256; ++level) {
      table[channel][level] = static_cast<float>((static_cast<double>(level) / 255.0 - mean) / std);
    }
  }
  return table;
}

}  // namespace

SampleTransform::SampleTransform(const Transform& transform, const Shape& image_shape)
    : channels_(image_shape[0]),
      height_(image_shape[1]),
      width_(image_shape[2]),
      custom_(transform.custom) {
  if (transform.normalize) check(*transform.normalize, channels_);
  levels_ = level_table(transform.normalize, channels_);
  if (transform.random_crop) padding_ = transform.random_crop->padding;
  // More would shift the image out of sight.
  if (padding_ < 0 || padding_ > std::min(height_, width_)) {
    throw ValueError(fmt::format("[random crop] padding {} for images of {} x {}, expected 0 to {}",
                                 padding_, height_, width_, std::min(height_, width_)));
  }
}

void SampleTransform::apply(const std::uint8_t* image, float* target,
                            const RandomStream& random) const {
  const std::int64_t plane = height_ * width_;
  std::int64_t down = 0;
  std::int64_t right = 0;
  if (padding_ > 0) {
    const auto shifts = static_cast<std::uint64_t>(2 * padding_ + 1);
    down = static_cast<std::int64_t>(random.below(kCropDown, shifts)) - padding_;
    right = static_cast<std::int64_t>(random.below(kCropRight, shifts)) - padding_;
  }
  for (std::int64_t channel = 0; channel < channels_; ++channel) {
    const float* levels = levels_[static_cast<std::size_t>(channel)].data();
    if (down == 0 && right == 0) {
      const std::uint8_t* source = image + channel * plane;
      float* out = target + channel * plane;
      for (std::int64_t i = 0; i < plane; ++i) out[i] = levels[source[i]];
    } else {
      copy_plane(image + channel * plane, target + channel * plane, levels, down, right);
    }
  }
  if (custom_) {
    custom_({target, static_cast<std::size_t>(channels_ * plane)},
            RandomStream{random.key ^ kCustomKey, random.draw});
  }
}

void SampleTransform::copy_plane(const std::uint8_t* plane, float* target, const float* levels,
                                 std::int64_t down, std::int64_t right) const {
  const float padding_value = levels[0];
  const std::int64_t left_padding = std::max<std::int64_t>(right, 0);
  const std::int64_t end = std::min(width_, width_ + right);
  for (std::int64_t row = 0; row < height_; ++row, target += width_) {
    const std::int64_t source_row = row - down;
    if (source_row < 0 || source_row >= height_) {
      std::fill(target, target + width_, padding_value);
      continue;
    }
    const std::uint8_t* source = plane + source_row * width_;
    std::fill(target, target + left_padding, padding_value);
    for (std::int64_t column = left_padding; column < end; ++column) {
      target[column] = levels[source[column - right]];
    }
    std::fill(target + end, target + width_, padding_value);
  }
}

}  // namespace credence::data
