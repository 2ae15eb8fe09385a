#pragma once

#include <span>

namespace credence::data {

/// A point that a stroke passes through, in the digit's box: x from 0 (left) to 1, y from 0 (top)
/// to 1. The stroke is smooth there, or turns sharply where `corner` is set.
struct ControlPoint {
  float x;
  float y;
  bool corner = false;
};

/// One movement of the pen.
using Stroke = std::span<const ControlPoint>;

/// One way of writing a digit: its strokes, how wide its box is for a height of 1, and how common
/// it is among the ways of writing the same digit (the weights of a digit add up to 1).
struct Skeleton {
  std::span<const Stroke> strokes;
  float width;
  float weight;
};

/// The ways of writing a digit from 0 to 9.
std::span<const Skeleton> digit_skeletons(int digit);

}  // namespace credence::data
