// A synthetic regression data set: noisy points of a curve, with a gap where there are none.
#pragma once

#include "data/dataset.hpp"
#include "framework/core/random.hpp"

#include <cstdint>

namespace credence::data {

// y = f(x) + σ(x) ε with ε standard normal, for x uniform in [−2, −0.5] and in [0.5, 2]. A model is
// asked for [−3, 3]: in the gap between the points, and outside of them, it cannot know y.

inline constexpr double kCurveLow = -3;
inline constexpr double kCurveHigh = 3;

/// f(x) = 0.8 sin 3x + 0.3 x
double curve_mean(double x);
/// σ(x) = 0.08 + 0.05 max(0, x)
double curve_noise_deviation(double x);
/// Whether there are points at x: 0.5 ≤ |x| ≤ 2.
bool curve_has_points(double x);
/// Whether x is in the gap between them: |x| < 0.5.
bool curve_has_gap(double x);

/// `count` points: inputs and targets are float32 [count, 1]. They depend on the generator's key
/// alone, and the first ones are those of a smaller set.
Dataset curve_points(std::int64_t count, const Generator& generator);

}  // namespace credence::data
