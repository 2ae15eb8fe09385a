// Blurs. data/corruption.hpp has the formulas, data/corruption/levels.hpp the parameters.
#pragma once

#include "data/corruption/image_function.hpp"
#include "data/corruption/levels.hpp"

namespace credence::data {

ImageFunction gaussian_blur(const ImageShape& shape, double sigma);
ImageFunction defocus_blur(const ImageShape& shape, const corruption_levels::Defocus& defocus);
/// An image magnified by z is its middle part of ⌈side / z⌉ pixels each way, stretched to
/// round(z · ⌈side / z⌉) pixels so that the centres of the corner pixels stay. For z up to 1.5 this
/// is at most one pixel too many; the last row and column are then left out.
ImageFunction zoom_blur(const ImageShape& shape, const corruption_levels::Zoom& zoom);

}  // namespace credence::data
