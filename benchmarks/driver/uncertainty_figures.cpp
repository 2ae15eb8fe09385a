// The figures of task uncert: a grid of rotated images, and uncertainty against the angle.
#include "benchmarks/driver/uncertainty_figures.hpp"

#include "benchmarks/common/canvas.hpp"
#include "benchmarks/common/linear_axis.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr double kMargin = 20;
constexpr double kTitleSize = 14;
constexpr double kTextSize = 9;
constexpr double kImage = 56;
constexpr double kGap = 10;
constexpr double kBarHeight = 7;

std::string heading(const RotatedImage& image) { return image.label + ", " + image.prediction; }

// Wide enough for the longest heading.
double cell_width(const RotationGrid& grid) {
  double width = kImage;
  for (const auto& row : grid.rows) {
    for (const RotatedImage& image : row) {
      width = std::max(width, text_width(kTextSize, heading(image)));
    }
  }
  return width + kGap;
}

void draw_cell(const Canvas& canvas, double x, double y, double width, double scale,
               const RotatedImage& image) {
  const bool right = image.label == image.prediction;
  const double left = x + (width - kImage) / 2;
  canvas.text(x + width / 2, y + kTextSize, kTextSize, heading(image), Align::centre,
              right ? kBlack : kRed);
  const double top = y + kTextSize + 4;
  canvas.image(left, top, kImage, kImage, image.pixels);
  const double bar = top + kImage + 3;
  const std::string number = fmt::format("{:.1f}", 100 * image.epistemic);
  const double number_width = text_width(kTextSize - 2, "88.8") + 3;
  const double length = kImage - number_width;
  canvas.rectangle(left, bar, length, kBarHeight, {0.93, 0.93, 0.93});
  canvas.rectangle(left, bar, length * image.epistemic / scale, kBarHeight, kBlue);
  canvas.text(left + kImage, bar + kBarHeight - 0.5, kTextSize - 2, number, Align::right);
}

struct Panel {
  double left;
  double top;
  double width;
  double height;
  double first_angle;
  double last_angle;
  double limit;  // the value at the top

  Position at(double angle, double value) const {
    return {left + width * (angle - first_angle) / (last_angle - first_angle),
            top + height * (1 - value / limit)};
  }
};

void draw_axes(const Canvas& canvas, const Panel& panel, const std::vector<double>& angles) {
  const double step = nice_step(panel.limit);
  for (double value = 0; value <= panel.limit * 1.0001; value += step) {
    const Position left = panel.at(panel.first_angle, value);
    canvas.line({left, {panel.left + panel.width, left.y}}, 0.5, kGrey);
    canvas.text(panel.left - 6, left.y + 3, kTextSize, fmt::format("{:.3g}", value), Align::right);
  }
  for (const double angle : angles) {
    const Position foot = panel.at(angle, 0);
    canvas.line({foot, {foot.x, foot.y + 4}}, 0.7, kBlack);
    canvas.text(foot.x, foot.y + 16, kTextSize, fmt::format("{:g}°", angle), Align::centre);
  }
}

void draw_band(const Canvas& canvas, const Panel& panel, const std::vector<double>& angles,
               const Band& band, Colour colour) {
  std::vector<Position> mean;
  std::vector<Position> outline;
  for (std::size_t i = 0; i < angles.size(); ++i) {
    mean.push_back(panel.at(angles[i], band.mean[i]));
    outline.push_back(panel.at(angles[i], band.high[i]));
  }
  for (std::size_t i = angles.size(); i-- > 0;) {
    outline.push_back(panel.at(angles[i], band.low[i]));
  }
  canvas.line(mean, 1.8, colour);
  colour.alpha = 0.2;
  canvas.polygon(outline, colour);
}

}  // namespace

void draw_grid(const RotationGrid& grid, const std::filesystem::path& stem) {
  double largest = 1e-3;
  for (const auto& row : grid.rows) {
    for (const RotatedImage& image : row) largest = std::max(largest, image.epistemic);
  }
  const double cell = cell_width(grid);
  const double cell_height = kTextSize + 4 + kImage + 3 + kBarHeight + 2 * kGap;
  const double head = kMargin + kTitleSize + 2 * kGap + kTextSize;
  const double width = 2 * kMargin + cell * static_cast<double>(grid.angles.size());
  const double height = head + cell_height * static_cast<double>(grid.rows.size()) + 2 * kMargin;
  write_figure(stem, width, height, [&](const Canvas& canvas) {
    canvas.text(kMargin, kMargin + kTitleSize, kTitleSize, grid.title);
    for (std::size_t i = 0; i < grid.angles.size(); ++i) {
      canvas.text(kMargin + cell * (static_cast<double>(i) + 0.5), head - 2, kTextSize,
                  fmt::format("{:g}°", grid.angles[i]), Align::centre, kBlue);
    }
    for (std::size_t r = 0; r < grid.rows.size(); ++r) {
      for (std::size_t i = 0; i < grid.rows[r].size(); ++i) {
        draw_cell(canvas, kMargin + cell * static_cast<double>(i),
                  head + kGap / 2 + cell_height * static_cast<double>(r), cell, largest,
                  grid.rows[r][i]);
      }
    }
    canvas.text(kMargin, height - kMargin, kTextSize,
                fmt::format("above: label, prediction (red where they differ); bar and number: "
                            "epistemic uncertainty × 100, a full bar is {:.1f}",
                            100 * largest));
  });
}

void draw_curves(const UncertaintyCurves& curves, const std::filesystem::path& stem) {
  constexpr double kWidth = 560;
  constexpr double kPanelHeight = 170;
  constexpr double kPanelGap = 56;
  const auto panels = static_cast<double>(curves.bands.size());
  const double head = kMargin + kTitleSize + kGap;
  const double height = head + panels * (kPanelHeight + kPanelGap) + kMargin;
  write_figure(stem, kWidth, height, [&](const Canvas& canvas) {
    canvas.text(kMargin, kMargin + kTitleSize, kTitleSize, curves.title);
    double top = head;
    for (std::size_t i = 0; i < curves.bands.size(); ++i, top += kPanelHeight + kPanelGap) {
      const Band& band = curves.bands[i];
      const double limit =
          std::max(1e-6, 1.05 * *std::max_element(band.high.begin(), band.high.end()));
      const Panel panel{
          kMargin + 40,
          top + 24,
          kWidth - 2 * kMargin - 44,
          kPanelHeight,
          curves.angles.front(),
          curves.angles.back(),
          std::max(limit, 1.05 * *std::max_element(band.mean.begin(), band.mean.end()))};
      canvas.text(panel.left, top + 14, kTextSize + 2,
                  band.name + ": mean, and the middle half of the images");
      draw_axes(canvas, panel, curves.angles);
      draw_band(canvas, panel, curves.angles, band, i == 0 ? kBlue : kOrange);
    }
  });
}

}  // namespace credence::benchmarks
