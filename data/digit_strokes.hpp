// How the digits are written: strokes as lists of points.
#pragma once

#include <span>

namespace credence::data {

/// A point on a stroke, in the digit's box: x from 0 (left) to 1, y from 0 (top) to 1. The stroke
/// is smooth there, or has a corner.
struct ControlPoint {
  float x;
  float y;
  bool corner = false;
};

/// One movement of the pen, without lifting it.
using Stroke = std::span<const ControlPoint>;

/// One way of writing a digit: its strokes, the width of its box for a height of 1, and its share
/// among the ways of writing this digit (the weights of a digit sum to 1).
struct Skeleton {
  std::span<const Stroke> strokes;
  float width;
  float weight;
};

/// The ways of writing a digit from 0 to 9.
std::span<const Skeleton> digit_skeletons(int digit);

}  // namespace credence::data
