// Method variational-ensemble of task compare: Bayesian networks from several seeds.
#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {

MethodEntry variational_ensemble_method() {
  return {
      .name = "variational-ensemble",
      .help = "--members Bayesian networks",
      .family = Family::bayesian,
      .trials = [](const Options& options) { return ensemble_trials(options, Family::bayesian); },
      .run = [](Comparison& comparison) { return ensemble_of(comparison, Family::bayesian); }};
}

}  // namespace credence::benchmarks
