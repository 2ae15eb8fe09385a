// The figure of cost curves.
#pragma once

#include "benchmarks/steps/cost_report.hpp"

#include <filesystem>

namespace credence::benchmarks {

/// Draws stem.png and stem.svg: time against size on logarithmic axes, a panel for each curve, with
/// what time in proportion to the size would be, and the cliffs in red. Throws ValueError for a
/// curve without points, FileError where a file cannot be written.
void draw_cost(const CostCurves& curves, const std::filesystem::path& stem);

}  // namespace credence::benchmarks
