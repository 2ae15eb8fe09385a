// Corruptions of images: what a test set looks like under a shift of the distribution. Most are
// those of CIFAR-10-C (Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to
// Common Corruptions and Perturbations", arXiv 1903.12261), with the same formulas and parameters.
#pragma once

#include "data/dataset.hpp"
#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace credence::data {

/// A corruption of an image x, where x is on the scale 0 to 1. Each parameter grows or falls with
/// the level; data/corruption/levels.hpp has its five values. ε is standard normal. The noises draw
/// independently for each pixel of each channel.
enum class Corruption : std::uint8_t {
  /// x + σ ε
  gaussian_noise,
  /// k / c, where k is a Poisson number of mean c x: c photons of a white pixel arrive
  shot_noise,
  /// A share p of the values is replaced, by 0 or 1 with equal probability.
  impulse_noise,
  /// x + x σ ε
  speckle_noise,
  /// Convolution with a Gaussian of standard deviation σ pixels, cut at 4 σ and normalised. The
  /// image continues with its edge pixels.
  gaussian_blur,
  /// Convolution with a disk of equal weights: the pixels within a radius of the centre. A Gaussian
  /// of 3×3 pixels (5×5 for a radius above 8) smooths the disk. The image continues mirrored about
  /// its edge pixels. OpenCV mirrors the disk too where it touches its frame; the kernel's weights
  /// then sum up to 1.013 in MNIST-C (levels 4 and 5). Here they sum up to 1.
  defocus_blur,
  /// The mean of x and of x magnified about its centre by the factors 1, 1 + s, 1 + 2 s, … The
  /// magnified image is interpolated bilinearly.
  zoom_blur,
  /// max(R, G, B) + c, clipped at 1, where hue and saturation stay (HSV). A black pixel becomes
  /// grey. With one channel: x + c.
  brightness,
  /// m + c (x − m), where m is the mean of the image's channel
  contrast,
  /// Reduction of both sides to ⌊c · side⌋ pixels, at least 1, and back. A pixel is the mean of
  /// those whose centres lie in its box. Sides of 28 become 16, 14, 11, 8 and 7 pixels at the
  /// levels
  /// of MNIST-C; 14 and 7 divide 28, so that levels 2 and 5 are nearer to x than levels 1 and 4.
  pixelate,
  /// Rotation by an angle counter-clockwise, as data::rotate. CIFAR-10-C lacks it.
  rotation,
};

/// All corruptions, in the order of the enumeration.
inline constexpr std::array kCorruptions{
    Corruption::gaussian_noise, Corruption::shot_noise,    Corruption::impulse_noise,
    Corruption::speckle_noise,  Corruption::gaussian_blur, Corruption::defocus_blur,
    Corruption::zoom_blur,      Corruption::brightness,    Corruption::contrast,
    Corruption::pixelate,       Corruption::rotation};

/// Levels are 1 (weakest) to 5.
inline constexpr int kCorruptionLevels = 5;

/// "gaussian-noise" and so on.
const char* to_string(Corruption corruption);

/// The corruption of this name, with - or _ between the words. Throws ValueError that lists the
/// names.
Corruption parse_corruption(std::string_view name);

/// Corrupts uint8 images [N, C, H, W] of any size; the result has the same shape and is on the
/// host. Images of one channel get the levels of MNIST-C, others those of CIFAR-10-C
/// (data/corruption/levels.hpp). Values are clipped to 0…255 and rounded to the nearest byte, where
/// the published data sets are cut to the byte below.
///
/// The noise of image i depends only on the generator's key, on i and on the corruption. Hence the
/// result is the same for any number of threads, and the first images of a set get the noise that
/// they get alone. All levels share the random numbers: a higher level has the same noise, but
/// stronger.
///
/// Throws ShapeError for another rank or type, and ValueError for a level outside 1…5.
Tensor corrupt(const Tensor& images, Corruption corruption, int level, const Generator& generator);

/// The data set with corrupted images and the same labels, named "NAME (CORRUPTION, level LEVEL)".
Dataset corrupt(const Dataset& dataset, Corruption corruption, int level,
                const Generator& generator);

}  // namespace credence::data
