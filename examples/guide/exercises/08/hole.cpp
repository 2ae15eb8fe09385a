// Exercise of lesson 8: the epistemic part of an entropy. Fill the hole;
// `examples/guide/run 8 --exercise` builds this file and checks it.
#include <cmath>
#include <vector>

// −Σ p log p in nats.
double entropy(const std::vector<double>& p) {
  double sum = 0;
  for (const double one : p) sum -= one > 0 ? one * std::log(one) : 0;
  return sum;
}

// The mutual information of class and weights, from the probabilities of S draws, each of C
// classes.
double mutual_information(const std::vector<std::vector<double>>& draws) {
  std::vector<double> mean(draws[0].size());
  for (const auto& p : draws) {
    for (std::size_t c = 0; c < mean.size(); ++c) {
      mean[c] += p[c] / static_cast<double>(draws.size());
    }
  }
  return entropy(mean);  // the hole: this is the whole doubt, and not the part of the weights
}
