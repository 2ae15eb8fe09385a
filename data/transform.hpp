// The transform of an image from the data set's bytes to the batch's floats. Each step is optional.
// The steps run in the order in which Transform lists them.
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

/// Rotates the image counter-clockwise about its centre by an angle drawn uniformly from [from,
/// to], in degrees, with bilinear interpolation. Pixels from outside the image are zero.
struct Rotation {
  double from = 0.0;
  double to = 0.0;
};

/// Mirrors the image, left to right, with the given probability.
struct HorizontalFlip {
  double probability = 0.5;
};

/// Shifts the image at random by up to `padding` pixels in each direction and fills with zeros.
/// This equals padding the image on all sides and cropping its size at a random place
/// (torchvision.transforms.RandomCrop with padding).
struct RandomCrop {
  std::int64_t padding = 0;
};

/// Adds a normal random number with standard deviation sigma to each pixel / 255, before Normalize.
/// The sum is not clamped to [0, 1].
struct GaussianNoise {
  float sigma = 0.0F;
};

/// (pixel / 255 − mean) / std for each channel, as torchvision.transforms.Normalize.
struct Normalize {
  std::vector<float> mean;
  std::vector<float> std;
};

/// A program's own step, which changes the normalised pixels [C, H, W] in place. `random` is the
/// stream of this sample and epoch. Several threads call it at once.
using CustomStep = std::function<void(std::span<float> pixels, const RandomStream& random)>;

/// The steps of a transform, in the order in which they run.
struct Transform {
  std::optional<Rotation> rotation{};
  std::optional<HorizontalFlip> horizontal_flip{};
  std::optional<RandomCrop> random_crop{};
  std::optional<GaussianNoise> noise{};
  std::optional<Normalize> normalize{};  ///< without it, a byte becomes byte / 255
  CustomStep custom{};

  /// Whether no step is set.
  bool empty() const {
    return !rotation && !horizontal_flip && !random_crop && !noise && !normalize && !custom;
  }
};

/// A Transform prepared for images of one shape. Several threads may apply it at once; applying it
/// allocates nothing. It works on the host, row by row. On a device Kernels::augment_images does
/// the same, except for the custom step, with the same formulas
/// (framework/formulas/augmentation.hpp).
class SampleTransform {
 public:
  /// `image_shape` is [C, H, W]. Throws ValueError for angles that are not finite or not ascending,
  /// a probability outside [0, 1], a padding outside [0, min(H, W)], a sigma that is negative or
  /// not finite, a mean or std that does not have C elements, a mean that is not finite, and a std
  /// that is not positive and finite.
  SampleTransform(const Transform& transform, const Shape& image_shape);

  /// Writes the transformed image to `target`. Both have C·H·W elements. Each step has its own part
  /// of `random`, so that switching a step on does not change the others.
  void apply(const std::uint8_t* image, float* target, const RandomStream& random) const;

  /// The arguments of Kernels::augment_images, as are the two below.
  const Augmentation& augmentation() const { return steps_; }
  /// float32 [C, 256]: the normalised float of each byte.
  const Tensor& levels() const { return levels_; }
  /// float32 [C]: the standard deviation of the noise on these floats; undefined where there is no
  /// noise.
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

/// Images as uint8 [N, C, H, W] in the floats that a model takes: (pixel / 255 − mean) / std, or
/// without `normalize` pixel / 255. Throws ValueError as SampleTransform does.
Tensor to_float(const Tensor& images, const std::optional<Normalize>& normalize = {});

}  // namespace credence::data
