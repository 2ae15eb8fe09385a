// A drawing: strokes of a pen, and how they become the picture that a net sees.
#pragma once

#include "data/pen.hpp"
#include "docs/explorer/core/figures.hpp"
#include "framework/core/tensor.hpp"

#include <vector>

namespace credence::explorer {

/// Rows and columns of a picture, as in MNIST.
inline constexpr std::int64_t kSide = 28;

/// Strokes, and what is done to the picture of them, in this order.
struct Drawing {
  std::vector<std::vector<data::Point>> strokes;  ///< in the unit square, y downwards
  /// Whether the ink is scaled to a box of 20 × 20 pixels and its centre of mass put in the middle,
  /// as in MNIST. Else the unit square is the picture.
  bool centred = true;
  double degrees = 0;  ///< turned counter-clockwise
  int right = 0;       ///< moved by so many pixels
  int down = 0;
  double noise = 0;  ///< the deviation of normal noise on each pixel, of which ink has 1
};

/// Reads the arguments: degrees, right, down, noise, whether it is centred (1 or 0), and then x and
/// y of each point; a pair below 0 begins a new stroke. Throws ValueError for other numbers.
Drawing read_drawing(Arguments& arguments);

/// The ink alone, float32 [1, 1, 28, 28], 0 to 1.
Tensor ink(const Drawing& drawing);

/// The ink, turned by `degrees`, moved, and with noise, cut to [0, 1]. The noise is the same at
/// each call.
Tensor picture(const Drawing& drawing, const Tensor& ink, double degrees);

/// The strokes of a digit from 0 to 9 as the data set synthetic-digits has them, without its
/// chance: x and y of each point in the unit square, with a pair of −1 before each stroke but the
/// first.
std::vector<double> example_strokes(int digit);

}  // namespace credence::explorer
