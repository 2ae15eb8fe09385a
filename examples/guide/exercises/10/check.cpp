// The check of lesson 10's exercise: cases that are known, and Credence's number for many scores.
#include "credence.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

double auroc(const std::vector<double>& other, const std::vector<double>& own);

int main() {
  const RandomStream random = Generator(1).next();
  std::vector<double> other, own;
  for (std::int64_t i = 0; i < 200; ++i) {
    other.push_back(std::round(10 * (random.normal(i) + 1)) / 10);
    own.push_back(std::round(10 * random.normal(1000 + i)) / 10);
  }
  const double area =
      bayes::metrics::area_under_roc(Tensor::from({200}, other), Tensor::from({200}, own));
  const auto is = [](const char* what, double found, double expected) {
    if (std::abs(found - expected) < 1e-12) return true;
    std::printf("not yet: AUROC of %s is %.4f, not %.4f\n", what, expected, found);
    return false;
  };
  if (!is("scores that are all larger", auroc({3, 4}, {1, 2}), 1) ||
      !is("scores that are all smaller", auroc({1, 2}, {3, 4}), 0) ||
      !is("equal scores", auroc({1, 1}, {1}), 0.5) ||
      !is("200 scores of each kind", auroc(other, own), area)) {
    return 1;
  }
  std::printf("passed\n");
}
