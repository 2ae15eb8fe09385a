// Drawing on cairo, for the figures: the same drawing as PNG and as SVG.
#pragma once

#include "framework/core/tensor.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct _cairo;

namespace credence::benchmarks {

struct Colour {
  double red;
  double green;
  double blue;
  double alpha = 1;
};

inline constexpr Colour kBlack{0.1, 0.1, 0.1};
inline constexpr Colour kLightGrey{0.9, 0.9, 0.9};
inline constexpr Colour kGrey{0.75, 0.75, 0.75};
inline constexpr Colour kBlue{0.12, 0.38, 0.65};
inline constexpr Colour kOrange{0.85, 0.45, 0.1};
inline constexpr Colour kRed{0.8, 0.1, 0.1};

enum class Align : std::uint8_t { left, centre, right };

struct Position {
  double x;
  double y;
};

/// A page in points, origin at the top left.
class Canvas {
 public:
  explicit Canvas(_cairo* context) : context_(context) {}

  void rectangle(double x, double y, double width, double height, const Colour& colour) const;
  /// Joins the points; with `dash` by dashes and gaps of this length.
  void line(const std::vector<Position>& points, double width, const Colour& colour,
            double dash = 0) const;
  void polygon(const std::vector<Position>& points, const Colour& colour) const;
  void disc(Position centre, double radius, const Colour& colour) const;
  /// A square that stands on a corner, of about a disc's area.
  void diamond(Position centre, double radius, const Colour& colour) const;
  /// `y` is the text's base line.
  void text(double x, double y, double size, const std::string& text, Align align = Align::left,
            const Colour& colour = kBlack) const;
  double text_width(double size, const std::string& text) const;
  /// An image uint8 [C, H, W] with 1 or 3 channels, without smoothing.
  void image(double x, double y, double width, double height, const Tensor& pixels) const;
  /// Calls `draw`, of which only what lies in the rectangle shows.
  void clipped(double x, double y, double width, double height,
               const std::function<void()>& draw) const;

 private:
  _cairo* context_;
};

/// Writes what `draw` draws to stem.png (twice the points in pixels) and stem.svg, each in one
/// step. Throws FileError where that fails.
void write_figure(const std::filesystem::path& stem, double width, double height,
                  const std::function<void(const Canvas&)>& draw);

/// The width of a text as figures draw it, in points.
double text_width(double size, const std::string& text);

}  // namespace credence::benchmarks
