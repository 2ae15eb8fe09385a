// All fuzz targets.
#pragma once

#include "tests/fuzz/target.hpp"

#include <vector>

namespace credence::fuzz {

std::vector<Target> targets();

}  // namespace credence::fuzz
