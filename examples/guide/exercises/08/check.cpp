// The check of lesson 8's exercise: three cases that are known without a formula, and Credence's
// number for one that is not.
#include "credence.hpp"

#include <cmath>
#include <cstdio>
#include <vector>

using namespace credence;

double mutual_information(const std::vector<std::vector<double>>& draws);

int main() {
  struct Case {
    const char* what;
    std::vector<std::vector<double>> draws;
    double expected;
  };
  const Tensor probabilities = Tensor::from<double>({2, 1, 3}, {0.7, 0.2, 0.1, 0.1, 0.3, 0.6});
  const Case cases[] = {{"draws that are sure and agree", {{1, 0}, {1, 0}}, 0},
                        {"draws that are unsure and agree", {{0.5, 0.5}, {0.5, 0.5}}, 0},
                        {"draws that are sure and disagree", {{1, 0}, {0, 1}}, std::log(2)},
                        {"draws that are unsure and disagree",
                         {{0.7, 0.2, 0.1}, {0.1, 0.3, 0.6}},
                         bayes::from_probabilities(probabilities).mutual_information.item()}};
  for (const Case& one : cases) {
    const double found = mutual_information(one.draws);
    if (std::abs(found - one.expected) < 1e-9) continue;
    std::printf("not yet: %s have %.4f nats, not %.4f\n", one.what, one.expected, found);
    return 1;
  }
  std::printf("passed\n");
}
