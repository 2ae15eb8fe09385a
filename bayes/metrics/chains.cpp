// Diagnostics of Markov chains, each computed for one quantity at a time.
#include "bayes/metrics/chains.hpp"

#include "bayes/metrics/input.hpp"
#include "bayes/metrics/standard_normal.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace credence::bayes::metrics {
namespace {

// The draws of one quantity, one chain after the other.
using Draws = std::vector<double>;

// Draws [M, N, Q].
class Chains {
 public:
  Chains(const char* metric, const Tensor& draws) : values_(checked(metric, draws)) {
    const Shape& shape = draws.shape();
    chains_ = shape[0];
    length_ = shape[1];
    extents_.assign(shape.begin() + 2, shape.end());
    if (extents_.empty()) extents_.push_back(1);
    quantities_ = Shape(extents_).numel();
  }

  std::int64_t chains() const { return chains_; }
  std::int64_t length() const { return length_; }
  std::int64_t quantities() const { return quantities_; }
  Draws of(std::int64_t quantity) const {
    Draws draws;
    for (std::int64_t i = 0; i < chains_ * length_; ++i) {
      draws.push_back(values_[i * quantities_ + quantity]);
    }
    return draws;
  }
  // function(quantity) for each quantity.
  Tensor map(FunctionRef<double(std::int64_t)> function) const {
    return vector_tensor(values_of(quantities_, 1, function)).reshape(Shape(extents_));
  }

 private:
  static const Tensor& checked(const char* metric, const Tensor& draws) {
    const Shape shape = draws.defined() ? draws.shape() : Shape();
    if (shape.rank() < 2 || shape[0] < 1 || shape[1] < 4) {
      throw ShapeError("[" + std::string(metric) +
                       "] draws must be [chains, draws, …] with at least 4 draws, not " +
                       shape.to_string());
    }
    require_finite(metric, "draws", draws);
    return draws;
  }

  Values values_;
  std::int64_t chains_;
  std::int64_t length_;
  std::int64_t quantities_;
  std::vector<std::int64_t> extents_;
};

// The mean. Of equal numbers it is that number: rounding must not give them a variance.
double centre_of(const std::vector<double>& x) {
  const bool equal = std::all_of(x.begin(), x.end(), [&](double value) { return value == x[0]; });
  return equal ? x[0] : mean_of(x);
}

// The halves of the chains of one quantity.
class Halves {
 public:
  Halves(const Draws& draws, std::int64_t chains)
      : length_(static_cast<std::int64_t>(draws.size()) / chains / 2) {
    const std::int64_t chain = static_cast<std::int64_t>(draws.size()) / chains;
    for (std::int64_t m = 0; m < chains; ++m) {
      add(std::span(draws).subspan(static_cast<std::size_t>(m * chain)));
      add(std::span(draws).subspan(static_cast<std::size_t>((m + 1) * chain - length_)));
    }
    const double mean = centre_of(means_);
    const double count = static_cast<double>(means_.size());
    double square = 0;
    for (const double m : means_) square += (m - mean) * (m - mean);
    const auto n = static_cast<double>(length_);
    within = autocovariance(0) * n / (n - 1);
    between = square / (count - 1);
    total = within * (n - 1) / n + between;
  }

  // The mean over halves of 1/n Σ_i c_i c_i+lag, with c the draws minus their half's mean.
  double autocovariance(std::int64_t lag) const {
    double sum = 0;
    for (const Draws& half : centred_) {
      for (std::size_t i = static_cast<std::size_t>(lag); i < half.size(); ++i) {
        sum += half[i] * half[i - static_cast<std::size_t>(lag)];
      }
    }
    return sum / static_cast<double>(length_) / static_cast<double>(centred_.size());
  }

  std::int64_t length() const { return length_; }
  std::int64_t draws() const { return length_ * static_cast<std::int64_t>(centred_.size()); }
  double within;   // W
  double between;  // B / n
  double total;    // the estimate of the variance from both

 private:
  void add(std::span<const double> from) {
    Draws half(from.begin(), from.begin() + length_);
    means_.push_back(centre_of(half));
    for (double& x : half) x -= means_.back();
    centred_.push_back(std::move(half));
  }

  std::int64_t length_;
  std::vector<Draws> centred_;
  std::vector<double> means_;
};

double r_hat(const Draws& draws, std::int64_t chains) {
  const Halves halves(draws, chains);
  return std::sqrt(halves.total / halves.within);
}

// Φ⁻¹ for the mean rank of each draw, by ranks counted in halves: element 2 (rank − 1).
std::vector<double> normal_scores(std::int64_t count) {
  std::vector<double> scores;
  for (std::int64_t i = 0; i < 2 * count - 1; ++i) {
    const double rank = 1 + static_cast<double>(i) / 2;
    scores.push_back(normal_quantile((rank - 0.375) / (static_cast<double>(count) + 0.25)));
  }
  return scores;
}

Draws scored(const Draws& draws, const std::vector<double>& scores) {
  std::vector<std::size_t> order(draws.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return draws[a] != draws[b] ? draws[a] < draws[b] : a < b;
  });
  Draws result(draws.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && draws[order[last + 1]] == draws[order[first]]) ++last;
    for (std::size_t i = first; i <= last; ++i) result[order[i]] = scores[first + last];
    first = last + 1;
  }
  return result;
}

double median(Draws draws) {
  std::sort(draws.begin(), draws.end());
  const std::size_t middle = draws.size() / 2;
  return draws.size() % 2 == 1 ? draws[middle] : (draws[middle - 1] + draws[middle]) / 2;
}

Draws folded(Draws draws) {
  const double centre = median(draws);
  for (double& x : draws) x = std::abs(x - centre);
  return draws;
}

double effective_size(const Halves& halves) {
  const auto rho = [&](std::int64_t lag) {
    return lag == 0 ? 1.0 : 1 - (halves.within - halves.autocovariance(lag)) / halves.total;
  };
  double tau = -1;
  double previous = std::numeric_limits<double>::infinity();
  for (std::int64_t lag = 0; lag + 1 < halves.length(); lag += 2) {
    const double pair = rho(lag) + rho(lag + 1);
    if (!(pair > 0)) break;
    previous = std::min(previous, pair);
    tau += 2 * previous;
  }
  const auto draws = static_cast<double>(halves.draws());
  return draws / std::max(tau, 1 / std::log10(draws));
}

}  // namespace

Tensor split_r_hat(const Tensor& draws) {
  const Chains chains("split_r_hat", draws);
  return chains.map([&](std::int64_t q) { return r_hat(chains.of(q), chains.chains()); });
}

Tensor rank_normalized_r_hat(const Tensor& draws) {
  const Chains chains("rank_normalized_r_hat", draws);
  const std::vector<double> scores = normal_scores(chains.chains() * chains.length());
  return chains.map([&](std::int64_t q) {
    const Draws own = chains.of(q);
    const double location = r_hat(scored(own, scores), chains.chains());
    const double scale = r_hat(scored(folded(own), scores), chains.chains());
    return scale > location ? scale : location;
  });
}

Tensor rank_normalized(const Tensor& draws) {
  const Chains chains("rank_normalized", draws);
  const std::vector<double> scores = normal_scores(chains.chains() * chains.length());
  const Tensor result = Tensor::empty(draws.shape(), DType::float64);
  parallel_for(chains.quantities(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t q = begin; q < end; ++q) {
      const Draws own = scored(chains.of(q), scores);
      for (std::size_t i = 0; i < own.size(); ++i) {
        result.data<double>()[static_cast<std::int64_t>(i) * chains.quantities() + q] = own[i];
      }
    }
  });
  return result;
}

Tensor effective_sample_size(const Tensor& draws) {
  const Chains chains("effective_sample_size", draws);
  return chains.map([&](std::int64_t q) {
    const Halves halves(chains.of(q), chains.chains());
    return halves.total > 0 ? effective_size(halves) : std::numeric_limits<double>::quiet_NaN();
  });
}

}  // namespace credence::bayes::metrics
