// Checks of the metrics' inputs, and the loops and sums that they share.
#include "bayes/metrics/input.hpp"

#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/formulas/classification.hpp"
#include "framework/formulas/long_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace credence::bayes::metrics {
namespace {

constexpr std::int64_t kElementsPerRange = 4096;

std::string start(const char* metric, const char* what) {
  return "[" + std::string(metric) + "] " + what + " ";
}

// Six significant digits: "-1e-09".
std::string text_of(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

// "row 3" of [N] and [N, C], "[1, 3]" of more dimensions; `dimensions` of the shape are counted.
std::string place(const Shape& shape, int dimensions, std::int64_t index) {
  if (dimensions <= 1) return "row " + std::to_string(index);
  std::string text;
  for (int d = dimensions - 1; d >= 0; --d) {
    text = (d > 0 ? ", " : "") + std::to_string(index % shape[d]) + text;
    index /= shape[d];
  }
  return "[" + text + "]";
}

// Throws ValueError that names the first element for which `wrong` holds.
void refuse(const char* metric, const char* what, const Tensor& x, FunctionRef<bool(double)> wrong,
            const char* rule) {
  const Values values(x);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    if (!wrong(values[i])) continue;
    throw ValueError(start(metric, what) + "must be " + rule + ", but " +
                     place(x.shape(), x.shape().rank(), i) + " is " + text_of(values[i]));
  }
}

void require_rows_and_classes(const char* metric, const char* what, const Tensor& x, int rank) {
  const Shape& shape = x.shape();
  if (shape.rank() != rank || shape[-1] < 1 || (rank == 3 && shape[0] < 1)) {
    throw ShapeError(start(metric, what) + "must be " +
                     (rank == 3 ? "[samples, rows, classes]" : "[rows, classes]") + ", not " +
                     shape.to_string());
  }
  require_floating(metric, what, x);
}

// x as [rows, last extent].
Tensor matrix(const Tensor& x) { return x.reshape({x.numel() / x.shape()[-1], x.shape()[-1]}); }

}  // namespace

Values::Values(const Tensor& x) {
  if (x.dtype() == DType::float64) {
    doubles_ = x.data<double>();
  } else {
    floats_ = x.data<float>();
  }
}

std::int64_t predicted(const std::vector<double>& row) {
  return formulas::first_largest(static_cast<std::int64_t>(row.size()), row.data());
}

void require_floating(const char* metric, const char* what, const Tensor& x) {
  if (!x.defined()) throw ShapeError(start(metric, what) + "must be a tensor with elements");
  if (x.device() != Device::cpu) throw ShapeError(start(metric, what) + "must be on the CPU");
  if (x.dtype() == DType::float32 || x.dtype() == DType::float64) return;
  throw ShapeError(start(metric, what) + "must be float32 or float64, not " + to_string(x.dtype()));
}

void require_same_shape(const char* metric, const char* what_a, const Shape& a, const char* what_b,
                        const Shape& b) {
  if (a == b) return;
  throw ShapeError(start(metric, what_a) + a.to_string() + " must have the shape of " + what_b +
                   " " + b.to_string());
}

void require_elements(const char* metric, const char* what, const Tensor& x) {
  if (x.numel() > 0) return;
  throw ShapeError(start(metric, what) + x.shape().to_string() + " must have at least one element");
}

void require_finite(const char* metric, const char* what, const Tensor& x) {
  require_floating(metric, what, x);
  refuse(
      metric, what, x, [](double value) { return !std::isfinite(value); }, "finite");
}

void require_positive(const char* metric, const char* what, const Tensor& x) {
  require_floating(metric, what, x);
  refuse(
      metric, what, x, [](double value) { return !(value > 0 && std::isfinite(value)); },
      "positive and finite");
}

void require_scores(const char* metric, const char* what, const Tensor& x) {
  if (x.shape().rank() != 1) {
    throw ShapeError(start(metric, what) + "must be [rows], not " + x.shape().to_string());
  }
  require_floating(metric, what, x);
  refuse(
      metric, what, x, [](double value) { return std::isnan(value); }, "numbers");
}

void require_logits(const char* metric, const Tensor& x) {
  require_rows_and_classes(metric, "logits", x, 2);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> highest =
      values_of_rows(x, [](std::int64_t, const std::vector<double>& row) {
        double top = -kInfinity;
        // A NaN stays, because no comparison with it holds.
        for (const double value : row)
          top = top >= value ? top : (top < value ? value : top + value);
        return top;
      });
  for (std::size_t row = 0; row < highest.size(); ++row) {
    if (std::isfinite(highest[row])) continue;
    throw ValueError(start(metric, "logits") + "must be below infinity and not all -inf, but row " +
                     std::to_string(row) + " has the maximum " + text_of(highest[row]));
  }
}

void require_log_probabilities(const char* metric, const Tensor& x, int rank) {
  require_rows_and_classes(metric, "log-probabilities", x, rank);
  const std::vector<double> sums =
      values_of_rows(matrix(x), [](std::int64_t, const std::vector<double>& row) {
        double sum = 0;
        for (const double value : row) sum += std::exp(value);
        return sum;
      });
  for (std::size_t row = 0; row < sums.size(); ++row) {
    // This form of the condition rejects NaN too.
    if (std::abs(sums[row] - 1) <= 1e-3) continue;
    throw ValueError(start(metric, "log-probabilities") +
                     "must have exponentials that add up to 1, but those of " +
                     place(x.shape(), rank - 1, static_cast<std::int64_t>(row)) + " add up to " +
                     text_of(sums[row]));
  }
}

void require_labels(const char* metric, const Tensor& labels, std::int64_t rows,
                    std::int64_t classes) {
  if (!labels.defined() || labels.shape() != Shape{rows} || labels.dtype() != DType::int64 ||
      labels.device() != Device::cpu) {
    throw ShapeError(start(metric, "labels") + "must be int64 [" + std::to_string(rows) +
                     "] on the CPU, not " + to_string(labels.dtype()) + " " +
                     labels.shape().to_string());
  }
  const std::int64_t* const label = labels.data<std::int64_t>();
  for (std::int64_t row = 0; row < rows; ++row) {
    if (label[row] >= 0 && label[row] < classes) continue;
    throw ValueError(start(metric, "labels") + "must be in [0, " + std::to_string(classes) +
                     "), but row " + std::to_string(row) + " is " + std::to_string(label[row]));
  }
}

void require_labelled(const char* metric, const Tensor& log_probabilities, const Tensor& labels) {
  require_log_probabilities(metric, log_probabilities, 2);
  require_elements(metric, "log-probabilities", log_probabilities);
  require_labels(metric, labels, log_probabilities.shape()[0], log_probabilities.shape()[1]);
}

void require_level(const char* metric, double level) {
  if (level > 0 && level < 1) return;
  throw ValueError(start(metric, "level") + "must be between 0 and 1, not " + text_of(level));
}

std::vector<double> values_of(std::int64_t count, std::int64_t grain,
                              FunctionRef<double(std::int64_t i)> function) {
  std::vector<double> values(static_cast<std::size_t>(count));
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) values[static_cast<std::size_t>(i)] = function(i);
  });
  return values;
}

std::vector<double> values_of_rows(
    const Tensor& x,
    FunctionRef<double(std::int64_t row, const std::vector<double>& values)> function) {
  const std::int64_t rows = x.shape()[0];
  const std::int64_t width = x.shape()[1];
  const Values all(x);
  std::vector<double> results(static_cast<std::size_t>(rows));
  const std::int64_t grain = std::max<std::int64_t>(1, kElementsPerRange / width);
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> values(static_cast<std::size_t>(width));
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t c = 0; c < width; ++c) {
        values[static_cast<std::size_t>(c)] = all[row * width + c];
      }
      results[static_cast<std::size_t>(row)] = function(row, values);
    }
  });
  return results;
}

double sum_of(std::span<const double> values) {
  formulas::LongSum<double> sum;
  for (const double value : values) sum.add(value);
  return sum.total();
}

double mean_of(std::span<const double> values) {
  return sum_of(values) / static_cast<double>(values.size());
}

Tensor vector_tensor(const std::vector<double>& values) {
  return Tensor::from<double>({static_cast<std::int64_t>(values.size())}, values);
}

double probability(double log_probability) { return std::exp(std::min(log_probability, 0.0)); }

double log_sum_exp(std::span<const double> x) {
  const double highest = *std::max_element(x.begin(), x.end());
  if (highest == -std::numeric_limits<double>::infinity()) return highest;
  double sum = 0;
  for (const double value : x) sum += std::exp(value - highest);
  return highest + std::log(sum);
}

std::int64_t smallest_count(std::int64_t total, double share) {
  const auto all = static_cast<double>(total);
  auto count = static_cast<std::int64_t>(std::ceil(share * all));
  while (count > 0 && static_cast<double>(count - 1) / all >= share) --count;
  while (count < total && static_cast<double>(count) / all < share) ++count;
  return count;
}

}  // namespace credence::bayes::metrics
