// What happens to an image between the data set's bytes and the batch's floats. Each step is
// optional; they run in the order in which Transform lists them.
#pragma once

#include "framework/core/random.hpp"
#include "framework/core/shape.hpp"
#include "framework/core/tensor.hpp"
#include "framework/formulas/augmentation.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace credence::data {

/// Turns the image counter-clockwise about its centre by an angle drawn uniformly from [from, to],
/// in degrees; by `from` where both are the same. Bilinear, zeros where nothing was.
struct Rotation {
  double from = 0.0;
  double to = 0.0;
};

/// Mirrors the image, left to right, with this probability.
struct HorizontalFlip {
  double probability = 0.5;
};

/// Shifts the image by up to `padding` pixels in each direction, at random, filling with zeros: the
/// same as padding it on all sides and cropping the old size anywhere.
struct RandomCrop {
  std::int64_t padding = 0;
};

/// Adds a normal number of this standard deviation to each pixel / 255, before Normalize; the sum
/// is not cut to 0…1.
struct GaussianNoise {
  float sigma = 0.0F;
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
  std::optional<Rotation> rotation{};
  std::optional<HorizontalFlip> horizontal_flip{};
  std::optional<RandomCrop> random_crop{};
  std::optional<GaussianNoise> noise{};
  std::optional<Normalize> normalize{};  ///< without it, pixels become pixel / 255
  CustomStep custom{};
};

/// A Transform made ready for images of one shape. Thread-safe; applying it allocates nothing. It
/// works on the host, row by row; on a device Kernels::augment_images does the same, but for the
/// custom step, by the same formulas (framework/formulas/augmentation.hpp).
class SampleTransform {
 public:
  /// `image_shape` is [C, H, W]. Throws ValueError for angles that are not finite and ascending, a
  /// probability outside 0…1, a negative padding, a sigma that is negative or not finite, a mean or
  /// std whose length is not C, or a std that is not positive and finite.
  SampleTransform(const Transform& transform, const Shape& image_shape);

  /// Writes the transformed image to `target`. Both hold C·H·W elements. Each step's randomness is
  /// its own part of `random`: switching one on leaves the others' alone.
  void apply(const std::uint8_t* image, float* target, const RandomStream& random) const;

  /// What Kernels::augment_images takes, as the two below.
  const Augmentation& augmentation() const { return steps_; }
  /// float32 [C, 256]: the float of each byte.
  const Tensor& levels() const { return levels_; }
  /// float32 [C]: of the noise on these floats; not defined where there is none.
  const Tensor& noise_deviation() const { return noise_deviation_; }

 private:
  void move_channel(const std::uint8_t* plane, float* target, const float* levels,
                    const augmentation::Move& move) const;
  void add_noise(float* target, const RandomStream& random) const;

  Augmentation steps_;
  CustomStep custom_;
  Tensor levels_;
  Tensor noise_deviation_;
};

}  // namespace credence::data
