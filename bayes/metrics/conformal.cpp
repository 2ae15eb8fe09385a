// Conformal scores of classes and residuals, their quantile, and the sets that it makes.
#include "bayes/metrics/conformal.hpp"

#include "bayes/metrics/input.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

namespace credence::bayes::metrics {
namespace {

constexpr std::int64_t kScoresPerRange = 1024;

// The k-th smallest for k = ⌈(n + 1) level⌉.
double quantile_of(std::vector<double> scores, double level) {
  const auto count = static_cast<std::int64_t>(scores.size());
  const std::int64_t rank = smallest_count(count + 1, level);
  if (rank > count) return std::numeric_limits<double>::infinity();
  const auto kth = scores.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(scores.begin(), kth, scores.end());
  return *kth;
}

// The sum of the probabilities of the classes before each in descending order, plus `part` times
// its own.
void adaptive_scores(const std::vector<double>& p, double part, double* scores) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
  double before = 0;
  for (const std::size_t c : order) {
    scores[c] = before + part * p[c];
    before += p[c];
  }
}

// Checked predictions, [N].
void require_predictions(const char* metric, const Tensor& predictions) {
  require_scores(metric, "predictions", predictions);
  require_finite(metric, "predictions", predictions);
}

void require_deviations(const char* metric, const Tensor& deviations, const Tensor& predictions) {
  require_same_shape(metric, "deviations", deviations.shape(), "predictions", predictions.shape());
  require_positive(metric, "deviations", deviations);
}

// |target − prediction| / unit(i).
double half_width_of(const Tensor& predictions, const Tensor& targets, double level,
                     FunctionRef<double(std::int64_t)> unit) {
  const char* const metric = "conformal_half_width";
  require_level(metric, level);
  require_predictions(metric, predictions);
  require_same_shape(metric, "targets", targets.shape(), "predictions", predictions.shape());
  require_finite(metric, "targets", targets);
  const Values prediction(predictions);
  const Values target(targets);
  return quantile_of(
      values_of(targets.numel(), kScoresPerRange,
                [&](std::int64_t i) { return std::abs(target[i] - prediction[i]) / unit(i); }),
      level);
}

Intervals intervals_of(const Tensor& predictions, double half_width,
                       FunctionRef<double(std::int64_t)> unit) {
  const char* const metric = "conformal_intervals";
  if (!(half_width >= 0)) {
    throw ValueError("[conformal_intervals] the half width must be at least 0, not " +
                     std::to_string(half_width));
  }
  require_predictions(metric, predictions);
  const Values prediction(predictions);
  const auto ends = [&](double sign) {
    return vector_tensor(values_of(predictions.numel(), kScoresPerRange, [&](std::int64_t i) {
      return prediction[i] + sign * half_width * unit(i);
    }));
  };
  return {.lower = ends(-1), .upper = ends(1)};
}

}  // namespace

double conformal_quantile(const Tensor& scores, double level) {
  require_level("conformal_quantile", level);
  require_scores("conformal_quantile", "scores", scores);
  return quantile_of(scores.to_vector<double>(), level);
}

Tensor conformal_scores(ConformalScore score, const Tensor& log_probabilities,
                        const RowNumbers& numbers) {
  require_log_probabilities("conformal_scores", log_probabilities, 2);
  const bool randomized = score == ConformalScore::randomized_aps;
  if (randomized && !numbers) {
    throw ValueError("[conformal_scores] randomized_aps needs a stream of random numbers");
  }
  const std::int64_t classes = log_probabilities.shape()[1];
  const Tensor scores = Tensor::empty(log_probabilities.shape(), DType::float64);
  values_of_rows(log_probabilities, [&](std::int64_t n, const std::vector<double>& row) {
    std::vector<double> p;
    for (const double value : row) p.push_back(probability(value));
    double* const own = scores.data<double>() + n * classes;
    if (score == ConformalScore::lac) {
      std::transform(p.begin(), p.end(), own, [](double one) { return 1 - one; });
    } else {
      adaptive_scores(p, randomized ? numbers->uniform(n) : 1, own);
    }
    return 0.0;
  });
  return scores;
}

Tensor label_scores(ConformalScore score, const Tensor& log_probabilities, const Tensor& labels,
                    const RowNumbers& numbers) {
  require_log_probabilities("label_scores", log_probabilities, 2);
  const std::int64_t classes = log_probabilities.shape()[1];
  require_labels("label_scores", labels, log_probabilities.shape()[0], classes);
  const Tensor scores = conformal_scores(score, log_probabilities, numbers);
  std::vector<double> own;
  for (std::int64_t n = 0; n < labels.numel(); ++n) {
    own.push_back(scores.data<double>()[n * classes + labels.data<std::int64_t>()[n]]);
  }
  return vector_tensor(own);
}

ConformalClassifier calibrate_sets(ConformalScore score, const Tensor& log_probabilities,
                                   const Tensor& labels, double level, const RowNumbers& numbers) {
  const Tensor scores = label_scores(score, log_probabilities, labels, numbers);
  return {.score = score, .threshold = conformal_quantile(scores, level)};
}

double coverage_of_halves(const Tensor& scores, double level, int splits, Generator& generator) {
  const char* const metric = "coverage_of_halves";
  require_level(metric, level);
  require_scores(metric, "scores", scores);
  const std::int64_t rows = scores.numel();
  if (rows < 2 || splits < 1) {
    throw ValueError("[coverage_of_halves] needs at least two scores and one split, not " +
                     std::to_string(rows) + " and " + std::to_string(splits));
  }
  const Values values(scores);
  const auto half = static_cast<std::ptrdiff_t>(rows / 2);
  std::int64_t covered = 0;
  for (int split = 0; split < splits; ++split) {
    const RandomStream random = generator.next();
    // Rows in the order of random numbers; equal numbers are too seldom to matter.
    std::vector<std::pair<double, double>> keyed;
    for (std::int64_t n = 0; n < rows; ++n) keyed.emplace_back(random.uniform(n), values[n]);
    std::nth_element(keyed.begin(), keyed.begin() + half, keyed.end());
    std::vector<double> ordered;
    for (const auto& [key, score] : keyed) ordered.push_back(score);
    const double threshold = quantile_of({ordered.begin(), ordered.begin() + half}, level);
    covered += std::count_if(ordered.begin() + half, ordered.end(),
                             [&](double score) { return score <= threshold; });
  }
  return static_cast<double>(covered) /
         (static_cast<double>(splits) * static_cast<double>(rows - rows / 2));
}

Tensor prediction_sets(const ConformalClassifier& classifier, const Tensor& log_probabilities,
                       const RowNumbers& numbers) {
  const Tensor scores = conformal_scores(classifier.score, log_probabilities, numbers);
  const Tensor sets = Tensor::empty(scores.shape(), DType::uint8);
  for (std::int64_t i = 0; i < scores.numel(); ++i) {
    sets.data<std::uint8_t>()[i] = scores.data<double>()[i] <= classifier.threshold ? 1 : 0;
  }
  return sets;
}

SetSummary summarize_sets(const Tensor& sets, const Tensor& labels) {
  const Shape& shape = sets.shape();
  if (shape.rank() != 2 || shape.numel() == 0 || sets.dtype() != DType::uint8 ||
      sets.device() != Device::cpu) {
    throw ShapeError("[summarize_sets] sets must be uint8 [rows, classes] on the CPU, not " +
                     std::string(to_string(sets.dtype())) + " " + shape.to_string());
  }
  require_labels("summarize_sets", labels, shape[0], shape[1]);
  std::int64_t covered = 0;
  std::int64_t members = 0;
  std::int64_t empty = 0;
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    const std::uint8_t* const set = sets.data<std::uint8_t>() + n * shape[1];
    const std::int64_t size = shape[1] - std::count(set, set + shape[1], std::uint8_t{0});
    covered += set[labels.data<std::int64_t>()[n]] != 0 ? 1 : 0;
    members += size;
    empty += size == 0 ? 1 : 0;
  }
  const auto rows = static_cast<double>(shape[0]);
  return {.coverage = static_cast<double>(covered) / rows,
          .mean_size = static_cast<double>(members) / rows,
          .empty = static_cast<double>(empty) / rows};
}

double conformal_half_width(const Tensor& predictions, const Tensor& targets, double level) {
  return half_width_of(predictions, targets, level, [](std::int64_t) { return 1.0; });
}

double conformal_half_width(const Tensor& predictions, const Tensor& deviations,
                            const Tensor& targets, double level) {
  require_deviations("conformal_half_width", deviations, predictions);
  const Values deviation(deviations);
  return half_width_of(predictions, targets, level, [&](std::int64_t i) { return deviation[i]; });
}

Intervals conformal_intervals(const Tensor& predictions, double half_width) {
  return intervals_of(predictions, half_width, [](std::int64_t) { return 1.0; });
}

Intervals conformal_intervals(const Tensor& predictions, const Tensor& deviations,
                              double half_width) {
  require_deviations("conformal_intervals", deviations, predictions);
  const Values deviation(deviations);
  return intervals_of(predictions, half_width, [&](std::int64_t i) { return deviation[i]; });
}

}  // namespace credence::bayes::metrics
