// Brightness and contrast. data/corruption.hpp has the formulas, data/corruption/levels.hpp the
// parameters.
#pragma once

#include "data/corruption/image_function.hpp"

namespace credence::data {

ImageFunction brightness(const ImageShape& shape, double added);
ImageFunction contrast(const ImageShape& shape, double factor);

}  // namespace credence::data
