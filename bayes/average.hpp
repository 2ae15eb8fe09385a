// The average of probabilities over passes, from their logarithms.
#pragma once

#include "framework/ops/arithmetic.hpp"

#include <cmath>
#include <cstdint>

namespace credence::bayes {

/// log(1/S Σ_s p_s) for S passes, added one by one as logarithms, so that small probabilities do
/// not become 0. The bits depend on the order of the passes.
class AverageOfPasses {
 public:
  /// log p_s of probabilities or densities, of one shape for all passes.
  void add(const Variable& logarithms) {
    total_ = passes_++ > 0 ? logaddexp(total_, logarithms) : logarithms;
  }

  /// After at least one pass.
  Variable value() const {
    return passes_ == 1 ? total_ : total_ - std::log(static_cast<double>(passes_));
  }

 private:
  Variable total_;
  std::int64_t passes_ = 0;
};

}  // namespace credence::bayes
