// Numbers for the columns of a plot, and the key that says what each number stands for.
#pragma once

#include "benchmarks/common/canvas.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// The rows, from 0, in which centred texts stand side by side without touching. `centres` ascend;
/// each text goes into the first row that has room for it.
std::vector<int> rows_without_overlap(const std::vector<double>& centres,
                                      const std::vector<double>& widths, double gap);

/// The columns of a plot, in ascending order, with their numbers "1", "2", ….
class ColumnNumbers {
 public:
  /// `columns` are the places of the columns on the page.
  explicit ColumnNumbers(const std::vector<double>& columns);

  /// The height of all rows, in points.
  double height() const;
  /// Draws the numbers in rows that end at `bottom`, each with a line down to its `highest` point.
  void draw(const Canvas& canvas, double bottom, const std::vector<double>& highest) const;

 private:
  std::vector<double> columns_;
  std::vector<int> rows_;
};

/// The height of a key with so many labels, in points.
double key_height(std::size_t labels);

/// Draws "1 LABEL", "2 LABEL", … in columns, from the top left on down.
void draw_key(const Canvas& canvas, const std::vector<std::string>& labels, double left, double top,
              double width);

}  // namespace credence::benchmarks
