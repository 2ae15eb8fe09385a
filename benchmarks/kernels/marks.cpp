// The colours and markers of the implementations.
#include "benchmarks/kernels/marks.hpp"

#include <cmath>
#include <numbers>

namespace credence::benchmarks {
namespace {

constexpr Colour kGreen{0.15, 0.55, 0.3};
constexpr Colour kPurple{0.5, 0.25, 0.6};
constexpr Colour kDarkGrey{0.45, 0.45, 0.45};

// A regular polygon, its first corner at so many degrees, counted from the right upwards.
std::vector<Position> polygon(Position centre, double radius, int corners, double first_degrees) {
  std::vector<Position> points;
  for (int i = 0; i < corners; ++i) {
    const double angle = (first_degrees + 360.0 * i / corners) * std::numbers::pi / 180;
    points.push_back({centre.x + radius * std::cos(angle), centre.y - radius * std::sin(angle)});
  }
  return points;
}

}  // namespace

const std::vector<Mark>& marks() {
  static const std::vector<Mark> all{
      {"credence", "Credence", Marker::circle, kBlue, true},
      {"credence_composed", "Credence, two convolutions", Marker::circle, kBlue, false},
      {"openblas", "OpenBLAS", Marker::square, kOrange, false},
      {"onednn", "oneDNN", Marker::triangle, kRed, false},
      {"onednn_winograd", "oneDNN, Winograd", Marker::diamond, kRed, false},
      {"onednn_nchw", "oneDNN, operands in NCHW", Marker::triangle, kPurple, false},
      {"onednn_composed", "oneDNN in NCHW, two convolutions", Marker::triangle, kPurple, false},
      {"naive", "naive", Marker::cross, kDarkGrey, false},
      {"reordered", "loops reordered", Marker::square, kDarkGrey, false},
      {"blocked", "blocked for the cache", Marker::diamond, kDarkGrey, false},
      {"tiled", "tiled for registers", Marker::circle, kDarkGrey, false},
      {"rows", "whole rows", Marker::square, kGreen, false},
      {"im2col", "im2col and our product", Marker::diamond, kGreen, false},
      {"winograd_formula", "Winograd's formula", Marker::cross, kGreen, false},
      {"winograd_shared", "each transform once", Marker::square, kGreen, false},
      {"winograd_2x2", "F(2 × 2) and our products", Marker::diamond, kGreen, false},
      {"winograd_4x4", "F(4 × 4) and our products", Marker::circle, kGreen, false},
      {"blocks", "four numbers of a Philox block", Marker::square, kOrange, false},
      {"lanes", "16 counters abreast", Marker::diamond, kGreen, false},
      {"polynomials", "polynomials in vectors", Marker::circle, kPurple, false},
      {"undivided", "without a division", Marker::diamond, kOrange, false},
      {"shared", "tree in shared memory", Marker::square, kOrange, false},
      {"shuffled", "warp shuffles", Marker::diamond, kGreen, false},
      {"packed", "128 bits at a time", Marker::circle, kPurple, false},
      {"online", "one pass", Marker::circle, kPurple, false},
  };
  return all;
}

const Mark& mark_of(const std::string& implementation) {
  static const Mark unknown{"", "other", Marker::cross, kBlack, false};
  for (const Mark& mark : marks()) {
    if (implementation == mark.implementation) return mark;
  }
  return unknown;
}

void draw_marker(const Canvas& canvas, Position at, const Mark& mark) {
  constexpr double kLine = 1.1;
  const double r = kMarkerRadius;
  std::vector<Position> outline;
  switch (mark.marker) {
    case Marker::circle:
      outline = polygon(at, r, 24, 0);
      break;
    case Marker::square:
      outline = polygon(at, r * 1.2, 4, 45);
      break;
    case Marker::triangle:
      outline = polygon(at, r * 1.2, 3, 90);
      break;
    case Marker::diamond:
      outline = polygon(at, r * 1.2, 4, 0);
      break;
    case Marker::cross:
      canvas.line({{at.x - r, at.y - r}, {at.x + r, at.y + r}}, kLine, mark.colour);
      canvas.line({{at.x - r, at.y + r}, {at.x + r, at.y - r}}, kLine, mark.colour);
      return;
  }
  if (mark.filled) {
    canvas.polygon(outline, mark.colour);
    return;
  }
  // The first side again, so that the last corner is joined like the others.
  outline.push_back(outline[0]);
  outline.push_back(outline[1]);
  canvas.line(outline, kLine, mark.colour);
}

}  // namespace credence::benchmarks
