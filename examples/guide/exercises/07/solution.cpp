// A solution of the exercise of lesson 7.
#include <cstddef>
#include <vector>

// The variance of y where each of S functions, all equally plausible, says y ~ N(means[s],
// variances[s]): the mean of the variances and the variance of the means.
double predictive_variance(const std::vector<double>& means, const std::vector<double>& variances) {
  const auto count = static_cast<double>(means.size());
  double noise = 0, mean = 0, spread = 0;
  for (const double v : variances) noise += v / count;
  for (const double m : means) mean += m / count;
  for (const double m : means) spread += (m - mean) * (m - mean) / count;
  return noise + spread;
}
