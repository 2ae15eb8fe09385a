// Statistics of two samples of times: are they from the same distribution, and how far apart?
#pragma once

#include <vector>

namespace credence::benchmarks {

/// The Mann–Whitney test (Mann and Whitney 1947; Hollander, Wolfe and Chicken, Nonparametric
/// Statistical Methods, 2014, section 4.1) of whether values of y tend to be larger or smaller than
/// those of x. Samples of up to 50 values without ties are tested exactly; larger ones and those
/// with ties by the normal distribution, corrected for ties and for continuity.
/// scipy.stats.mannwhitneyu gives the same numbers.
struct MannWhitney {
  double u = 0;        ///< pairs with x < y, ties counting half
  double greater = 1;  ///< p-value of "y is larger": the chance of such a u or a larger one
  double less = 1;     ///< p-value of "y is smaller"
  /// Of "y differs".
  double two_sided() const;
};

/// Throws ValueError where a sample is empty.
MannWhitney mann_whitney(const std::vector<double>& x, const std::vector<double>& y);

/// The smallest two-sided p-value that samples of these sizes can have: 2 / C(n + m, n).
double least_p(std::size_t n, std::size_t m);

struct Interval95 {
  double low = 0;
  double high = 0;
};

/// A confidence interval of at least 95 % for the factor between two positive samples, y ~ factor ·
/// x: the factors that the exact two-sided Mann–Whitney test does not reject, whose ends are order
/// statistics of all ratios y / x (Moses; Hollander, Wolfe and Chicken 2014, section 4.3).
/// Unlimited, [0, ∞), where the samples are too small for 95 %. Throws ValueError where a sample is
/// empty.
Interval95 ratio_interval(const std::vector<double>& x, const std::vector<double>& y);

/// Holm's adjusted p-values (Holm 1979): rejecting those below α keeps the chance of any wrong
/// rejection below α, whatever the dependence between the tests.
std::vector<double> holm(const std::vector<double>& p);

/// (Π values)^(1/n). Throws ValueError where there is none, or one is not positive.
double geometric_mean(const std::vector<double>& values);

/// Σ values / n. Throws ValueError where there is none.
double mean(const std::vector<double>& values);

/// The standard error of the mean over the mean; infinite for fewer than two values.
double relative_error_of_mean(const std::vector<double>& values);

}  // namespace credence::benchmarks
