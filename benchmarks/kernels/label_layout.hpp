// Finds room for the labels of a figure.
#pragma once

#include "benchmarks/common/canvas.hpp"

#include <vector>

namespace credence::benchmarks {

struct Box {
  double left;
  double top;
  double width;
  double height;

  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

bool overlap(const Box& a, const Box& b);
/// Whether the straight line from a to b enters the box.
bool crosses(Position a, Position b, const Box& box);

/// A label that belongs to a vertical line, or to a point where top and bottom are the same.
struct LabelRequest {
  double x;
  double top;
  double bottom;
  double width;
  double height;
};

struct PlacedLabel {
  Box box;
  Position anchor;     ///< the point of the vertical line that the label is nearest to
  Position on_box;     ///< the point of the box that is nearest to the anchor
  bool found = false;  ///< false where there was no room
};

/// Gives each label a place inside the area, near its line, where it covers no obstacle, no other
/// label and no line that leads from another label to its anchor.
std::vector<PlacedLabel> place_labels(const Box& area, const std::vector<LabelRequest>& requests,
                                      const std::vector<Box>& obstacles);

}  // namespace credence::benchmarks
