#include "data/transform.hpp"

#include "data/bilinear.hpp"
#include "framework/core/error.hpp"
#include "framework/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace credence::data {
namespace {

// Which of a sample's random numbers a step uses. Noise and a custom step have draws of their own.
constexpr std::int64_t kCropDown = 0;
constexpr std::int64_t kCropRight = 1;
constexpr std::int64_t kFlip = 2;
constexpr std::int64_t kAngle = 3;
constexpr std::uint64_t kCustomKey = 0x437573746F6D2121U;
constexpr std::uint64_t kNoiseKey = 0x4E6F697365000000U;

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
  // More would shift the image out of sight.
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

// Rows of bytes read from left to right or, step -1, from right to left.
template <int step>
void copy_levels(const std::uint8_t* source, std::int64_t count, const float* levels,
                 float* target) {
  for (std::int64_t i = 0; i < count; ++i) target[i] = levels[source[step * i]];
}

}  // namespace

// Where the pixels of a sample go.
struct SampleTransform::Move {
  Turn turn;
  bool flip = false;
  std::int64_t down = 0;
  std::int64_t right = 0;
};

SampleTransform::SampleTransform(const Transform& transform, const Shape& image_shape)
    : channels_(image_shape[0]),
      height_(image_shape[1]),
      width_(image_shape[2]),
      steps_(transform) {
  if (steps_.rotation) check(*steps_.rotation);
  if (steps_.horizontal_flip) check(*steps_.horizontal_flip);
  if (steps_.random_crop) check(*steps_.random_crop, height_, width_);
  if (steps_.noise) check(*steps_.noise);
  if (steps_.normalize) check(*steps_.normalize, channels_);
  levels_ = level_table(steps_.normalize, channels_);
}

void SampleTransform::apply(const std::uint8_t* image, float* target,
                            const RandomStream& random) const {
  const std::int64_t plane = height_ * width_;
  const Move move = draw_move(random);
  for (std::int64_t channel = 0; channel < channels_; ++channel) {
    move_channel(image + channel * plane, target + channel * plane, channel, move);
  }
  if (steps_.noise && steps_.noise->sigma > 0.0F) {
    add_noise(target, RandomStream{random.key ^ kNoiseKey, random.draw});
  }
  if (steps_.custom) {
    steps_.custom({target, static_cast<std::size_t>(channels_ * plane)},
                  RandomStream{random.key ^ kCustomKey, random.draw});
  }
}

SampleTransform::Move SampleTransform::draw_move(const RandomStream& random) const {
  Move move;
  if (steps_.rotation) {
    const auto [from, to] = *steps_.rotation;
    move.turn = turn_by(from == to ? from : from + (to - from) * random.uniform(kAngle));
  }
  if (steps_.horizontal_flip) {
    move.flip = random.uniform(kFlip) < steps_.horizontal_flip->probability;
  }
  if (steps_.random_crop && steps_.random_crop->padding > 0) {
    const std::int64_t padding = steps_.random_crop->padding;
    const auto shifts = static_cast<std::uint64_t>(2 * padding + 1);
    move.down = static_cast<std::int64_t>(random.below(kCropDown, shifts)) - padding;
    move.right = static_cast<std::int64_t>(random.below(kCropRight, shifts)) - padding;
  }
  return move;
}

void SampleTransform::move_channel(const std::uint8_t* plane, float* target, std::int64_t channel,
                                   const Move& move) const {
  const float* levels = levels_[static_cast<std::size_t>(channel)].data();
  const float zero = levels[0];
  const float scale = (levels[255] - zero) / 255.0F;  // of a byte's unit
  const bool turned = move.turn.cosine != 1.0;
  const std::int64_t left = std::max<std::int64_t>(move.right, 0);
  const std::int64_t end = std::min(width_, width_ + move.right);
  // The columns left…end − 1 come from `first` on, in this direction.
  const int step = move.flip ? -1 : 1;
  const std::int64_t first = move.flip ? width_ - 1 - (left - move.right) : left - move.right;
  for (std::int64_t row = 0; row < height_; ++row, target += width_) {
    const std::int64_t source_row = row - move.down;
    if (source_row < 0 || source_row >= height_) {
      std::fill(target, target + width_, zero);
      continue;
    }
    std::fill(target, target + left, zero);
    float* out = target + left;
    const std::uint8_t* source = plane + source_row * width_ + first;
    if (turned) {
      sample_line(plane, height_, width_,
                  source_line(move.turn, height_, width_, source_row, first, step), end - left,
                  [&](std::int64_t i, float value) { out[i] = zero + scale * value; });
    } else if (move.flip) {
      copy_levels<-1>(source, end - left, levels, out);
    } else {
      copy_levels<1>(source, end - left, levels, out);
    }
    std::fill(target + end, target + width_, zero);
  }
}

void SampleTransform::add_noise(float* target, const RandomStream& random) const {
  constexpr std::int64_t kChunk = 1024;
  std::array<float, kChunk> noise;
  const auto& normal = kernels<float>(Device::cpu).normal;
  const std::int64_t plane = height_ * width_;
  std::uint64_t chunk = 0;
  for (std::size_t channel = 0; channel < levels_.size(); ++channel) {
    const float std = steps_.normalize ? steps_.normalize->std[channel] : 1.0F;
    const float deviation = steps_.noise->sigma / std;
    for (std::int64_t first = 0; first < plane; first += kChunk, ++chunk) {
      const std::int64_t count = std::min(kChunk, plane - first);
      normal(RandomStream{random.key + chunk, random.draw}, count, noise.data());
      for (std::int64_t i = 0; i < count; ++i, ++target) {
        *target += deviation * noise[static_cast<std::size_t>(i)];
      }
    }
  }
}

}  // namespace credence::data
