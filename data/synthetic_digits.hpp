// Handwriting-like digits drawn by the program itself, so that every example, test and tutorial
// runs without a download. A digit is a skeleton of strokes (data/digit_strokes.hpp), bent, slanted
// and scaled at random, drawn with a pen of random width and softness. The set is no substitute for
// MNIST and is always reported by its own name.
#pragma once

#include "data/dataset.hpp"

#include <cstdint>

namespace credence::data {

/// The data set "synthetic-digits": `count` grey images [count, 1, 28, 28], ink bright on black as
/// in MNIST, ten classes. Image i depends on the generator's key, the split and i alone: a longer
/// set begins with the shorter one, and the number of threads does not matter. Of every ten images
/// in a row, counted from a multiple of ten, each digit has one, in random order. Throws ValueError
/// for count < 0.
Dataset synthetic_digits(std::int64_t count, const Generator& generator, Split split);

}  // namespace credence::data
