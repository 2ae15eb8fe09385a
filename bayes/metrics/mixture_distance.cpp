// The total variation distance of mixtures of Gaussians, cell by cell of a grid.
#include "bayes/metrics/mixture_distance.hpp"

#include "bayes/metrics/mixture.hpp"
#include "bayes/metrics/standard_normal.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

namespace credence::bayes::metrics {
namespace {

// Cells of equal width that cover all but a vanishing part of some mixtures of target i.
struct Grid {
  double low = 0;
  double width = 0;
  std::int64_t cells = 0;
};

constexpr double kReach = 9;  // deviations; Φ(−9) is about 10⁻¹⁹

Grid grid_of(std::initializer_list<const Mixture*> mixtures, std::int64_t i) {
  constexpr double kCellsPerDeviation = 32;
  constexpr double kMostCells = 65536;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  double narrowest = low;
  for (const Mixture* mixture : mixtures) {
    for (std::int64_t s = 0; s < mixture->samples(); ++s) {
      const double reach = kReach * mixture->deviation(s, i);
      low = std::min(low, mixture->mean(s, i) - reach);
      high = std::max(high, mixture->mean(s, i) + reach);
      narrowest = std::min(narrowest, mixture->deviation(s, i));
    }
  }
  const double cells =
      std::min(std::ceil((high - low) / narrowest * kCellsPerDeviation), kMostCells);
  return {.low = low, .width = (high - low) / cells, .cells = static_cast<std::int64_t>(cells)};
}

// P(cell k) of target i's mixture for each cell.
std::vector<double> masses_of(const Mixture& mixture, std::int64_t i, const Grid& grid) {
  std::vector<double> masses(static_cast<std::size_t>(grid.cells));
  const double weight = 1 / static_cast<double>(mixture.samples());
  const auto cell = [&](double x) {
    return std::clamp(static_cast<std::int64_t>((x - grid.low) / grid.width), std::int64_t{0},
                      grid.cells - 1);
  };
  for (std::int64_t s = 0; s < mixture.samples(); ++s) {
    const double mean = mixture.mean(s, i);
    const double deviation = mixture.deviation(s, i);
    const std::int64_t last = cell(mean + kReach * deviation);
    double below = 0;  // what is further away counts to the outermost cells
    for (std::int64_t k = cell(mean - kReach * deviation); k <= last; ++k) {
      const double end = grid.low + grid.width * static_cast<double>(k + 1);
      const double up_to_end = k == last ? 1 : distribution((end - mean) / deviation);
      masses[static_cast<std::size_t>(k)] += weight * (up_to_end - below);
      below = up_to_end;
    }
  }
  return masses;
}

}  // namespace

double total_variation(const GaussianMixture& p, const GaussianMixture& q) {
  constexpr const char* kMetric = "total_variation";
  const Mixture first(kMetric, p);
  const Mixture second(kMetric, q);
  require_same_shape(kMetric, "a sample's means of the first mixture", first.shape(),
                     "those of the second", second.shape());
  require_elements(kMetric, "means", p.means);
  return mean_of(values_of(first.targets(), 1, [&](std::int64_t i) {
    const Grid grid = grid_of({&first, &second}, i);
    const std::vector<double> of_p = masses_of(first, i, grid);
    const std::vector<double> of_q = masses_of(second, i, grid);
    double sum = 0;
    for (std::size_t k = 0; k < of_p.size(); ++k) sum += std::abs(of_p[k] - of_q[k]);
    return std::min(sum / 2, 1.0);
  }));
}

}  // namespace credence::bayes::metrics
