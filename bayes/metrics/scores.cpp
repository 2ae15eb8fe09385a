// Scores of class predictions, each a mean of one number per row.
#include "bayes/metrics/scores.hpp"

#include "bayes/metrics/input.hpp"
#include "framework/base/error.hpp"

#include <cmath>
#include <limits>

namespace credence::bayes::metrics {
namespace {

std::vector<double> mistakes(const Tensor& log_probabilities, const Tensor& labels) {
  const std::int64_t* const label = labels.data<std::int64_t>();
  return values_of_rows(log_probabilities, [&](std::int64_t n, const std::vector<double>& row) {
    return predicted(row) == label[n] ? 0.0 : 1.0;
  });
}

}  // namespace

Estimate accuracy(const Tensor& log_probabilities, const Tensor& labels) {
  require_labelled("accuracy", log_probabilities, labels);
  const std::vector<double> wrong = mistakes(log_probabilities, labels);
  const auto rows = static_cast<double>(wrong.size());
  const double share = (rows - sum_of(wrong)) / rows;
  return {.value = share, .standard_error = std::sqrt(share * (1 - share) / rows)};
}

Tensor zero_one_loss(const Tensor& log_probabilities, const Tensor& labels) {
  require_labelled("zero_one_loss", log_probabilities, labels);
  return vector_tensor(mistakes(log_probabilities, labels));
}

double negative_log_likelihood(const Tensor& log_probabilities, const Tensor& labels) {
  require_labelled("negative_log_likelihood", log_probabilities, labels);
  const Values values(log_probabilities);
  const std::int64_t* const label = labels.data<std::int64_t>();
  const std::int64_t classes = log_probabilities.shape()[1];
  std::vector<double> terms;
  for (std::int64_t n = 0; n < labels.numel(); ++n) {
    terms.push_back(-values[n * classes + label[n]]);
  }
  return mean_of(terms);
}

double brier_score(const Tensor& log_probabilities, const Tensor& labels) {
  require_labelled("brier_score", log_probabilities, labels);
  const std::int64_t* const label = labels.data<std::int64_t>();
  return mean_of(
      values_of_rows(log_probabilities, [&](std::int64_t n, const std::vector<double>& row) {
        double sum = 0;
        for (std::size_t c = 0; c < row.size(); ++c) {
          const double hit = c == static_cast<std::size_t>(label[n]) ? 1 : 0;
          const double difference = probability(row[c]) - hit;
          sum += difference * difference;
        }
        return sum;
      }));
}

Tensor confusion_matrix(const Tensor& log_probabilities, const Tensor& labels) {
  require_labelled("confusion_matrix", log_probabilities, labels);
  const std::int64_t classes = log_probabilities.shape()[1];
  const std::vector<double> predictions =
      values_of_rows(log_probabilities, [](std::int64_t, const std::vector<double>& row) {
        return static_cast<double>(predicted(row));
      });
  const Tensor matrix = Tensor::zeros({classes, classes}, DType::int64);
  const std::int64_t* const label = labels.data<std::int64_t>();
  for (std::size_t n = 0; n < predictions.size(); ++n) {
    ++matrix.data<std::int64_t>()[label[n] * classes + static_cast<std::int64_t>(predictions[n])];
  }
  return matrix;
}

Tensor per_class_accuracy(const Tensor& confusion_matrix) {
  const Shape& shape = confusion_matrix.shape();
  if (shape.rank() != 2 || shape[0] != shape[1] || confusion_matrix.dtype() != DType::int64 ||
      confusion_matrix.device() != Device::cpu) {
    throw ShapeError("[per_class_accuracy] the confusion matrix must be int64 [classes, classes] " +
                     std::string("on the CPU, not ") + to_string(confusion_matrix.dtype()) + " " +
                     shape.to_string());
  }
  const std::int64_t classes = shape[0];
  std::vector<double> shares;
  for (std::int64_t c = 0; c < classes; ++c) {
    const std::int64_t* const counts = confusion_matrix.data<std::int64_t>() + c * classes;
    std::int64_t rows = 0;
    for (std::int64_t j = 0; j < classes; ++j) rows += counts[j];
    shares.push_back(rows == 0 ? std::numeric_limits<double>::quiet_NaN()
                               : static_cast<double>(counts[c]) / static_cast<double>(rows));
  }
  return vector_tensor(shares);
}

}  // namespace credence::bayes::metrics
