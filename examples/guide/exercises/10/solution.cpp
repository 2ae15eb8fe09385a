// A solution of the exercise of lesson 10.
#include <vector>

// AUROC: the probability that a sample of the other kind has a larger score than one of our own;
// equal scores count half.
double auroc(const std::vector<double>& other, const std::vector<double>& own) {
  double larger = 0;
  for (const double a : other) {
    for (const double b : own) larger += a > b ? 1 : a == b ? 0.5 : 0;
  }
  return larger / static_cast<double>(other.size() * own.size());
}
