// Digits that look like handwriting and are drawn by the program itself, so that examples, tests
// and tutorials run without a download. A digit is a skeleton of strokes (data/digit_strokes.hpp),
// bent, slanted and scaled at random, and drawn with a pen of random width and softness. The data
// set is no substitute for MNIST and is always reported under its own name.
#pragma once

#include "data/dataset.hpp"

#include <cstdint>

namespace credence::data {

/// The data set "synthetic-digits": `count` grey images [count, 1, 28, 28] with bright ink on
/// black, as in MNIST, in ten classes. Image i depends only on the generator's key, the split and
/// i: a longer set begins with a shorter one, for any number of threads. Among the images 10k … 10k
/// + 9 each digit occurs once, in random order. Throws ValueError for count < 0.
Dataset synthetic_digits(std::int64_t count, const Generator& generator, Split split);

}  // namespace credence::data
