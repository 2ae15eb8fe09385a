// Blurs. data/corruption.hpp has the formulas, data/corruption/levels.hpp the parameters.
#pragma once

#include "data/corruption/image_function.hpp"
#include "data/corruption/levels.hpp"

namespace credence::data {

ImageFunction gaussian_blur(const ImageShape& shape, double sigma);
ImageFunction defocus_blur(const ImageShape& shape, const corruption_levels::Defocus& defocus);
/// An image magnified by z is its middle part of ⌈side / z⌉ pixels each way, stretched to
/// round(z · ⌈side / z⌉) pixels so that the corners' centres stay, of which the middle is kept.
ImageFunction zoom_blur(const ImageShape& shape, const corruption_levels::Zoom& zoom);

}  // namespace credence::data
