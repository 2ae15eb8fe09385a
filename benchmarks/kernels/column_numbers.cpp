// Numbers above the columns of a plot, in rows where they do not touch, and their key.
#include "benchmarks/kernels/column_numbers.hpp"

#include <algorithm>

namespace credence::benchmarks {
namespace {

constexpr double kSize = 7;
constexpr double kRow = 8.5;  // height of a row of numbers
constexpr double kLine = 10;  // height of a line of the key
constexpr double kGap = 2;    // between numbers
constexpr std::size_t kKeyColumns = 3;

std::size_t key_lines(std::size_t labels) { return (labels + kKeyColumns - 1) / kKeyColumns; }

}  // namespace

std::vector<int> rows_without_overlap(const std::vector<double>& centres,
                                      const std::vector<double>& widths, double gap) {
  std::vector<int> rows;
  std::vector<double> right_ends;
  for (std::size_t i = 0; i < centres.size(); ++i) {
    const double left = centres[i] - widths[i] / 2;
    const auto row = std::find_if(right_ends.begin(), right_ends.end(),
                                  [&](double end) { return end + gap <= left; });
    rows.push_back(static_cast<int>(row - right_ends.begin()));
    const double right = centres[i] + widths[i] / 2;
    if (row == right_ends.end()) {
      right_ends.push_back(right);
    } else {
      *row = right;
    }
  }
  return rows;
}

ColumnNumbers::ColumnNumbers(const std::vector<double>& columns) : columns_(columns) {
  std::vector<double> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    widths.push_back(text_width(kSize, std::to_string(i + 1)));
  }
  rows_ = rows_without_overlap(columns, widths, kGap);
}

double ColumnNumbers::height() const {
  return rows_.empty() ? 0 : kRow * (1 + *std::max_element(rows_.begin(), rows_.end()));
}

void ColumnNumbers::draw(const Canvas& canvas, double bottom,
                         const std::vector<double>& highest) const {
  // All lines first, so that none crosses a number.
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const double top = bottom - kRow * rows_[i];
    canvas.line({{columns_[i], top}, {columns_[i], highest[i]}}, 0.5, kGrey);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const double base = bottom - kRow * rows_[i] - 1.5;
    const double width = text_width(kSize, number);
    canvas.rectangle(columns_[i] - width / 2 - 0.5, base - kSize + 1, width + 1, kSize, {1, 1, 1});
    canvas.text(columns_[i], base, kSize, number, Align::centre);
  }
}

double key_height(std::size_t labels) { return kLine * static_cast<double>(key_lines(labels)); }

void draw_key(const Canvas& canvas, const std::vector<std::string>& labels, double left, double top,
              double width) {
  const std::size_t lines = key_lines(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double x = left + width / kKeyColumns * static_cast<double>(i / lines);
    const double y = top + kLine * static_cast<double>(i % lines + 1);
    canvas.text(x + 10, y, kSize, std::to_string(i + 1), Align::right);
    canvas.text(x + 14, y, kSize, labels[i]);
  }
}

}  // namespace credence::benchmarks
