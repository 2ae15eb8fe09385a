// The figures of the lessons: one size for all, drawn where the program is given a place for it.
#pragma once

#include "benchmarks/common/chart.hpp"

#include <string>
#include <utility>
#include <vector>

namespace credence::guide {

namespace chart = benchmarks::chart;

/// An axis with a logarithmic scale.
inline chart::Axis logarithmic(const std::string& label) {
  return {.label = label, .scale = chart::Scale::logarithmic};
}

/// Draws the panels side by side to argv[1] + ".png" and ".svg". Without an argv[1] it draws
/// nothing.
inline void draw(int argc, char** argv, const std::string& title,
                 std::vector<chart::Panel> panels) {
  if (argc < 2) return;
  const bool alone = panels.size() == 1;
  chart::draw({.title = title,
               .panels = std::move(panels),
               .columns = alone ? std::size_t{1} : std::size_t{2},
               .plot_width = alone ? 360.0 : 220.0,
               .plot_height = alone ? 210.0 : 180.0},
              argv[1]);
}

}  // namespace credence::guide
