// ROC and precision–recall figures of two samples of scores, and the scores of class predictions.
#include "bayes/metrics/detection.hpp"

#include "bayes/metrics/entropy.hpp"
#include "bayes/metrics/input.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace credence::bayes::metrics {
namespace {

constexpr std::int64_t kRowsPerRange = 64;

// How many samples have at least this score; the scores fall from one to the next.
struct Accepted {
  double score;
  std::int64_t positives;
  std::int64_t negatives;
};

std::vector<Accepted> thresholds(const char* metric, const Tensor& positives,
                                 const Tensor& negatives) {
  require_scores(metric, "positive scores", positives);
  require_scores(metric, "negative scores", negatives);
  if (positives.numel() == 0 || negatives.numel() == 0) {
    throw ValueError(
        "[" + std::string(metric) + "] needs samples of both kinds, not positive scores " +
        positives.shape().to_string() + " and negative scores " + negatives.shape().to_string());
  }
  std::vector<std::pair<double, bool>> samples;
  for (const double score : positives.to_vector<double>()) samples.emplace_back(score, true);
  for (const double score : negatives.to_vector<double>()) samples.emplace_back(score, false);
  std::sort(samples.begin(), samples.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Accepted> result;
  Accepted all{0, 0, 0};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    all.score = samples[i].first;
    ++(samples[i].second ? all.positives : all.negatives);
    const bool last = i + 1 == samples.size() || samples[i + 1].first != all.score;
    if (last) result.push_back(all);
  }
  return result;
}

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// The probabilities of row n in sample s, for [S, N, C].
class SampleRows {
 public:
  explicit SampleRows(const Tensor& samples) : values_(samples), shape_(samples.shape()) {}
  double log_at(std::int64_t s, std::int64_t n, std::int64_t c) const {
    return values_[(s * shape_[1] + n) * shape_[2] + c];
  }

 private:
  Values values_;
  Shape shape_;
};

}  // namespace

RocCurve roc_curve(const Tensor& positives, const Tensor& negatives) {
  RocCurve curve{{std::numeric_limits<double>::infinity()}, {0}, {0}};
  for (const Accepted& accepted : thresholds("roc_curve", positives, negatives)) {
    curve.threshold.push_back(accepted.score);
    curve.false_positive_rate.push_back(share(accepted.negatives, negatives.numel()));
    curve.true_positive_rate.push_back(share(accepted.positives, positives.numel()));
  }
  return curve;
}

double area_under_roc(const Tensor& positives, const Tensor& negatives) {
  // Twice the number of pairs in the right order; a pair of equal scores counts once.
  std::int64_t pairs = 0;
  std::int64_t positives_above = 0;
  std::int64_t negatives_above = 0;
  for (const Accepted& accepted : thresholds("area_under_roc", positives, negatives)) {
    pairs += (accepted.negatives - negatives_above) * (positives_above + accepted.positives);
    positives_above = accepted.positives;
    negatives_above = accepted.negatives;
  }
  return share(pairs, 2 * positives.numel() * negatives.numel());
}

double average_precision(const Tensor& positives, const Tensor& negatives) {
  double area = 0;
  std::int64_t before = 0;
  for (const Accepted& accepted : thresholds("average_precision", positives, negatives)) {
    area += share(accepted.positives - before, positives.numel()) *
            share(accepted.positives, accepted.positives + accepted.negatives);
    before = accepted.positives;
  }
  return area;
}

double false_positive_rate_at(const Tensor& positives, const Tensor& negatives, double rate) {
  const char* const metric = "false_positive_rate_at";
  if (!(rate > 0 && rate <= 1)) {
    throw ValueError("[false_positive_rate_at] the rate must be above 0 and at most 1, not " +
                     std::to_string(rate));
  }
  const std::vector<Accepted> all = thresholds(metric, positives, negatives);
  const auto first = std::find_if(all.begin(), all.end(), [&](const Accepted& accepted) {
    return share(accepted.positives, positives.numel()) >= rate;
  });
  return share(first->negatives, negatives.numel());
}

Tensor max_probability(const Tensor& log_probabilities) {
  require_log_probabilities("max_probability", log_probabilities, 2);
  return vector_tensor(
      values_of_rows(log_probabilities, [](std::int64_t, const std::vector<double>& row) {
        return probability(*std::max_element(row.begin(), row.end()));
      }));
}

Tensor predictive_entropy(const Tensor& log_probabilities) {
  require_log_probabilities("predictive_entropy", log_probabilities, 2);
  return vector_tensor(
      values_of_rows(log_probabilities, [](std::int64_t, const std::vector<double>& row) {
        std::vector<double> probabilities;
        for (const double value : row) probabilities.push_back(probability(value));
        return entropy(probabilities);
      }));
}

Tensor mutual_information(const Tensor& sample_log_probabilities) {
  require_log_probabilities("mutual_information", sample_log_probabilities, 3);
  const Shape& shape = sample_log_probabilities.shape();
  const SampleRows rows(sample_log_probabilities);
  return vector_tensor(values_of(shape[1], kRowsPerRange, [&](std::int64_t n) {
    std::vector<double> p(static_cast<std::size_t>(shape[0]));
    double sum = 0;
    for (std::int64_t c = 0; c < shape[2]; ++c) {
      for (std::int64_t s = 0; s < shape[0]; ++s) {
        p[static_cast<std::size_t>(s)] = probability(rows.log_at(s, n, c));
      }
      const double mean = mean_of(p);
      for (const double one : p) sum += divergence_term(one, mean);
    }
    return sum / static_cast<double>(shape[0]);
  }));
}

Tensor mean_log_probabilities(const Tensor& sample_log_probabilities) {
  require_log_probabilities("mean_log_probabilities", sample_log_probabilities, 3);
  const Shape& shape = sample_log_probabilities.shape();
  const std::int64_t classes = shape[2];
  const SampleRows rows(sample_log_probabilities);
  const std::vector<double> means =
      values_of(shape[1] * classes, kRowsPerRange, [&](std::int64_t i) {
        std::vector<double> logs;
        for (std::int64_t s = 0; s < shape[0]; ++s) {
          logs.push_back(rows.log_at(s, i / classes, i % classes));
        }
        return log_sum_exp(logs) - std::log(static_cast<double>(shape[0]));
      });
  return Tensor::from<double>({shape[1], classes}, means);
}

Tensor energy(const Tensor& logits) {
  require_logits("energy", logits);
  return vector_tensor(values_of_rows(
      logits, [](std::int64_t, const std::vector<double>& row) { return -log_sum_exp(row); }));
}

}  // namespace credence::bayes::metrics
