// A solution of the exercise of lesson 11.
#include <cmath>
#include <cstddef>
#include <vector>

// softmax(logits)_c = exp(logits_c) / Σ exp(logits)
std::vector<double> softmax(const std::vector<double>& logits) {
  std::vector<double> p;
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit);
  for (const double logit : logits) p.push_back(std::exp(logit) / sum);
  return p;
}

// The prediction of several functions for one input, from their logits: the mean of the
// probabilities, because each function may be the right one.
std::vector<double> prediction(const std::vector<std::vector<double>>& functions) {
  std::vector<double> mean(functions[0].size());
  for (const auto& logits : functions) {
    const std::vector<double> p = softmax(logits);
    for (std::size_t c = 0; c < mean.size(); ++c) {
      mean[c] += p[c] / static_cast<double>(functions.size());
    }
  }
  return mean;
}
