// What happens to an image between the data set's bytes and the batch's floats. Each step is
// optional; they run in the order in which Transform lists them.
#pragma once

#include "framework/core/random.hpp"
#include "framework/core/shape.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace credence::data {

/// Shifts the image by up to `padding` pixels in each direction, at random, filling with zeros: the
/// same as padding it on all sides and cropping the old size anywhere.
struct RandomCrop {
  std::int64_t padding = 0;
};

/// (pixel / 255 − mean) / std for each channel.
struct Normalize {
  std::vector<float> mean;
  std::vector<float> std;
};

/// A program's own step, run on the normalised pixels [C, H, W] in place. `random` is the sample's
/// own for this epoch. Called from several threads at once.
using CustomStep = std::function<void(std::span<float> pixels, const RandomStream& random)>;

struct Transform {
  std::optional<RandomCrop> random_crop{};
  std::optional<Normalize> normalize{};  ///< without it, pixels become pixel / 255
  CustomStep custom{};
};

/// A Transform made ready for images of one shape. Thread-safe; applying it allocates nothing.
class SampleTransform {
 public:
  /// `image_shape` is [C, H, W]. Throws ValueError for a negative padding, a mean or std whose
  /// length is not C, or a std that is not positive and finite.
  SampleTransform(const Transform& transform, const Shape& image_shape);

  /// Writes the transformed image to `target`. Both hold C·H·W elements.
  void apply(const std::uint8_t* image, float* target, const RandomStream& random) const;

 private:
  void copy_plane(const std::uint8_t* plane, float* target, const float* levels, std::int64_t down,
                  std::int64_t right) const;

  std::int64_t channels_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t padding_ = 0;
  std::vector<std::array<float, 256>> levels_;  // the float of each byte, per channel
  CustomStep custom_;
};

}  // namespace credence::data
