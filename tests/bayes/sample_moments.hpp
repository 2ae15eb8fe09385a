// Statistics of numbers that tests draw many times.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace credence::bayes {

/// Mean, variance and standard error of the mean of each of several numbers over draws.
class SampleMoments {
 public:
  void add(const std::vector<double>& values) {
    sums_.resize(values.size());
    squares_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      sums_[i] += values[i];
      squares_[i] += values[i] * values[i];
    }
    ++draws_;
  }
  double mean(std::size_t i) const { return sums_[i] / draws_; }
  double variance(std::size_t i) const { return squares_[i] / draws_ - mean(i) * mean(i); }
  double error(std::size_t i) const { return std::sqrt(variance(i) / draws_); }
  std::size_t size() const { return sums_.size(); }

 private:
  std::vector<double> sums_, squares_;
  double draws_ = 0;
};

}  // namespace credence::bayes
