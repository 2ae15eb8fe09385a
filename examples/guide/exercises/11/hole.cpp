// Exercise of lesson 11: the average of several functions. Fill the hole;
// `examples/guide/run 11 --exercise` builds this file and checks it.
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

// The prediction of several functions for one input, from their logits.
std::vector<double> prediction(const std::vector<std::vector<double>>& functions) {
  // The hole: the softmax of the mean logits. What should be averaged?
  std::vector<double> mean(functions[0].size());
  for (const auto& logits : functions) {
    for (std::size_t c = 0; c < mean.size(); ++c) {
      mean[c] += logits[c] / static_cast<double>(functions.size());
    }
  }
  return softmax(mean);
}
