// The measurements, sorted into panels and columns.
#include "benchmarks/kernels/panels.hpp"

#include <algorithm>

namespace credence::benchmarks {

std::vector<Panel> panels_of(const Measurements& measurements) {
  std::vector<Panel> panels;
  for (const Measurement& m : measurements.all) {
    if (m.gflops <= 0) continue;
    auto panel = std::find_if(panels.begin(), panels.end(),
                              [&](const Panel& p) { return p.kernel == m.kernel; });
    if (panel == panels.end()) panel = panels.insert(panel, {m.kernel, {}});
    auto column = std::find_if(panel->columns.begin(), panel->columns.end(),
                               [&](const Column& c) { return c.label == m.label; });
    if (column == panel->columns.end()) column = panel->columns.insert(column, {m.label, {}});
    column->points.push_back(m);
  }
  for (Panel& panel : panels) {
    std::stable_sort(
        panel.columns.begin(), panel.columns.end(),
        [](const Column& a, const Column& b) { return a.intensity() < b.intensity(); });
  }
  return panels;
}

}  // namespace credence::benchmarks
