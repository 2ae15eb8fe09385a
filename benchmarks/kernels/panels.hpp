// The measurements as the roofline figure shows them: a panel for each kernel, a column for each
// shape.
#pragma once

#include "benchmarks/kernels/measurements.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// The measurements of one shape: they share their operations per byte, and so stand above each
/// other.
struct Column {
  std::string label;
  std::vector<Measurement> points;

  double intensity() const { return points.front().intensity(); }
};

struct Panel {
  std::string kernel;
  std::vector<Column> columns;
};

/// One panel for each kernel in the order of the file, one column for each label in ascending order
/// of operations per byte. Transposed products share a column.
std::vector<Panel> panels_of(const Measurements& measurements);

}  // namespace credence::benchmarks
