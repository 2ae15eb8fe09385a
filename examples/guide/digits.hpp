// The digits of the lessons.
#pragma once

#include "data/dataset.hpp"
#include "data/idx.hpp"
#include "data/location.hpp"
#include "data/synthetic_digits.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace credence::guide {

/// The first `count` digits of MNIST where it is found (CREDENCE_DATA), else as many that the
/// program draws, grey images [count, 1, 28, 28] of ten classes.
inline data::Dataset digits(std::int64_t count, data::Split split) {
  const auto mnist = data::find("mnist");
  if (!mnist) return data::synthetic_digits(count, Generator(1), split);
  std::vector<std::int64_t> first(static_cast<std::size_t>(count));
  std::iota(first.begin(), first.end(), 0);
  return data::subset(data::mnist(*mnist, split), first);
}

}  // namespace credence::guide
