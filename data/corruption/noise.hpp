// Noises. data/corruption.hpp has the formulas, data/corruption/levels.hpp the parameters. Value i
// of an image draws element i of the image's stream.
#pragma once

#include "data/corruption/image_function.hpp"

namespace credence::data {

ImageFunction gaussian_noise(const ImageShape& shape, double deviation);
ImageFunction speckle_noise(const ImageShape& shape, double relative_deviation);
/// The Poisson number is the inverse of the distribution function at a uniform number of 32 bits.
ImageFunction shot_noise(const ImageShape& shape, double photons);
ImageFunction impulse_noise(const ImageShape& shape, double share);

}  // namespace credence::data
