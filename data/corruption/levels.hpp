// The parameters of corruptions at levels 1 to 5.
//
// `colour` has those of CIFAR-10-C, made for images of 32×32 pixels (Hendrycks and Dietterich 2019;
// github.com/hendrycks/robustness, ImageNet-C/create_c/make_cifar_c.py). `grey` has those of
// MNIST-C, made for 28×28 pixels (Mu and Gilmer 2019, arXiv 1906.02337;
// github.com/google-research/mnist-c, corruptions.py). Lengths are in pixels. They do not grow with
// the image, so that blurs are weaker on larger images.
#pragma once

#include <array>

namespace credence::data::corruption_levels {

/// The five values of a parameter, by level.
template <class Parameter>
struct Levels {
  std::array<Parameter, 5> colour;
  std::array<Parameter, 5> grey;
};

/// σ, where white is 1
inline constexpr Levels<double> kGaussianNoise{{0.04, 0.06, 0.08, 0.09, 0.10},
                                               {0.08, 0.12, 0.18, 0.26, 0.38}};
/// c, the mean number of photons of a white pixel
inline constexpr Levels<double> kShotNoise{{500, 250, 100, 75, 50}, {60, 25, 12, 5, 3}};
/// p, the share of values that are replaced
inline constexpr Levels<double> kImpulseNoise{{0.01, 0.02, 0.03, 0.05, 0.07},
                                              {0.03, 0.06, 0.09, 0.17, 0.27}};
/// σ, relative to the pixel's value
inline constexpr Levels<double> kSpeckleNoise{{0.06, 0.10, 0.12, 0.16, 0.20},
                                              {0.15, 0.20, 0.35, 0.45, 0.60}};
/// σ in pixels
inline constexpr Levels<double> kGaussianBlur{{0.4, 0.6, 0.7, 0.8, 1.0}, {1, 2, 3, 4, 6}};

struct Defocus {
  double radius;      ///< of the disk, in pixels
  double smoothness;  ///< the standard deviation of the Gaussian that smooths it, in pixels
};
inline constexpr Levels<Defocus> kDefocusBlur{
    {{{0.3, 0.4}, {0.4, 0.5}, {0.5, 0.6}, {1.0, 0.2}, {1.5, 0.1}}},
    {{{3, 0.1}, {4, 0.5}, {6, 0.5}, {8, 0.5}, {10, 0.5}}}};

struct Zoom {
  int count;    ///< the number of factors, with 1
  double step;  ///< s, from one factor to the next
};
/// The greatest factors are 1.06, 1.11, 1.15, 1.20, 1.25 and 1.11, 1.15, 1.20, 1.24, 1.30.
inline constexpr Levels<Zoom> kZoomBlur{
    {{{7, 0.01}, {12, 0.01}, {16, 0.01}, {21, 0.01}, {26, 0.01}}},
    {{{12, 0.01}, {16, 0.01}, {11, 0.02}, {13, 0.02}, {11, 0.03}}}};

/// c, added to the value, where white is 1
inline constexpr Levels<double> kBrightness{{0.05, 0.10, 0.15, 0.20, 0.30},
                                            {0.1, 0.2, 0.3, 0.4, 0.5}};
/// c, the factor of differences from the mean
inline constexpr Levels<double> kContrast{{0.75, 0.50, 0.40, 0.30, 0.15},
                                          {0.40, 0.30, 0.20, 0.10, 0.05}};
/// c, the factor of the sides
inline constexpr Levels<double> kPixelate{{0.95, 0.90, 0.85, 0.75, 0.65},
                                          {0.60, 0.50, 0.40, 0.30, 0.25}};
/// Degrees: the first five steps of the rotated MNIST of Ovadia et al. 2019, arXiv 1906.02530.
inline constexpr Levels<double> kRotation{{15, 30, 45, 60, 75}, {15, 30, 45, 60, 75}};

}  // namespace credence::data::corruption_levels
