// Exercise of lesson 7: the variance of a prediction. Fill the hole;
// `examples/guide/run 7 --exercise` builds this file and checks it.
#include <cstddef>
#include <vector>

// The variance of y where each of S functions, all equally plausible, says y ~ N(means[s],
// variances[s]).
double predictive_variance([[maybe_unused]] const std::vector<double>& means,
                           const std::vector<double>& variances) {
  // The hole: this is the noise alone, the aleatoric part. What is missing?
  double noise = 0;
  for (const double v : variances) noise += v / static_cast<double>(variances.size());
  return noise;
}
