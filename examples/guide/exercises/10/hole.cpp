// Exercise of lesson 10: how well a score tells two kinds apart. Fill the hole;
// `examples/guide/run 10 --exercise` builds this file and checks it.
#include <vector>

// AUROC: the probability that a sample of the other kind has a larger score than one of our own;
// equal scores count half.
double auroc([[maybe_unused]] const std::vector<double>& other,
             [[maybe_unused]] const std::vector<double>& own) {
  return 0.5;  // the hole: this is a guess. Compare all pairs.
}
