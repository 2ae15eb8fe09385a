// The two figures of task uncert: what becomes of predictions and their uncertainty when test
// images are rotated.
#pragma once

#include "framework/core/tensor.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// One rotated image and what the model makes of it.
struct RotatedImage {
  Tensor pixels;  ///< uint8 [C, H, W]
  std::string label;
  std::string prediction;
  double epistemic = 0;  ///< variance of the predicted class's probability over the posterior
};

/// Rows of images, a column for each angle: "label, prediction" above each (red where they differ),
/// the epistemic uncertainty × 100 as a bar with its number beneath.
struct RotationGrid {
  std::string title;
  std::vector<double> angles;  ///< in degrees
  std::vector<std::vector<RotatedImage>> rows;
};
void draw_grid(const RotationGrid& grid, const std::filesystem::path& stem);

/// A mean over images with its spread, a value for each angle.
struct Band {
  std::string name;
  std::vector<double> mean;
  std::vector<double> low;   ///< lower quartile
  std::vector<double> high;  ///< upper quartile
};

/// Uncertainty against the angle: a panel for each band, one beneath the other.
struct UncertaintyCurves {
  std::string title;
  std::vector<double> angles;
  std::vector<Band> bands;
};
void draw_curves(const UncertaintyCurves& curves, const std::filesystem::path& stem);

}  // namespace credence::benchmarks
