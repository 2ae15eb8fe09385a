// The check of lesson 11's exercise: two functions that are sure of different classes, and
// Credence's average of three.
#include "credence.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

std::vector<double> prediction(const std::vector<std::vector<double>>& functions);

int main() {
  const std::vector<std::vector<double>> three{{2, 0, 1}, {-1, 0.5, 3}, {0, 4, 0}};
  const Tensor logits = Tensor::from<double>({3, 3}, {2, 0, 1, -1, 0.5, 3, 0, 4, 0});
  const Tensor average = bayes::metrics::mean_log_probabilities(
      log_softmax(Variable(logits)).value().reshape({3, 1, 3}));
  const auto is = [](const char* what, double found, double expected) {
    if (std::abs(found - expected) < 1e-6) return true;
    std::printf("not yet: the probability of the first class is %.4f for %s, not %.4f\n", expected,
                what, found);
    return false;
  };
  // A sure function and an undecided one: half of 1 and half of a half.
  if (!is("a sure function and an undecided one", prediction({{40, 0}, {0, 0}})[0], 0.75) ||
      !is("three functions", prediction(three)[0], std::exp(average.to_vector<double>()[0]))) {
    return 1;
  }
  std::printf("passed\n");
}
