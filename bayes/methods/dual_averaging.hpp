// The adaptation of a step size by dual averaging.
#pragma once

#include <array>
#include <cmath>

namespace credence::bayes {

/// Finds the step size at which trajectories are accepted with the probability δ on average
/// (Hoffman and Gelman 2014, JMLR 15, algorithm 5, with its constants γ = 0.05, t₀ = 10, κ = 0.75
/// and μ = log 10 ε₀). With a_m the acceptance probability of trajectory m = 1, 2, …:
///   H_m = (1 − 1/(m + t₀)) H_{m−1} + (δ − a_m) / (m + t₀)
///   log ε_m = μ − √m / γ · H_m
///   log ε̄_m = m^−κ log ε_m + (1 − m^−κ) log ε̄_{m−1}
class DualAveraging {
 public:
  explicit DualAveraging(double initial = 1, double target = 0.8)
      : target_(target), numbers_{std::log(10 * initial), 0, std::log(initial), 0, 0} {}

  void update(double acceptance) {
    auto& [mu, error, log_step, log_average, count] = numbers_;
    ++count;
    const double share = 1 / (count + 10);
    error = (1 - share) * error + share * (target_ - acceptance);
    log_step = mu - std::sqrt(count) / 0.05 * error;
    const double weight = std::pow(count, -0.75);
    log_average = weight * log_step + (1 - weight) * log_average;
  }

  /// ε_m, for the next trajectory of the adaptation; ε₀ at first.
  double step_size() const { return std::exp(numbers_[2]); }
  /// ε̄_m, for all trajectories after the adaptation; ε₀ where there was none.
  double average() const { return std::exp(numbers_[4] == 0 ? numbers_[2] : numbers_[3]); }

  /// The numbers of its state, to save and restore it.
  static constexpr std::size_t kNumbers = 5;
  const std::array<double, kNumbers>& numbers() const { return numbers_; }
  void set_numbers(const std::array<double, kNumbers>& numbers) { numbers_ = numbers; }

 private:
  double target_;
  std::array<double, kNumbers> numbers_;  // μ, H, log ε, log ε̄, m
};

}  // namespace credence::bayes
