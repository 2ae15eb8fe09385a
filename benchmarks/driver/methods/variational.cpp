// Method variational of task compare: one network of the Bayesian family.
#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {

MethodEntry variational_method() {
  return {
      .name = "variational",
      .help = "one Bayesian network, whose posterior is sampled",
      .family = Family::bayesian,
      .trials = [](const Options& options) -> std::vector<std::string> {
        return {network_trial(options, Family::bayesian, 0)};
      },
      .run = [](Comparison& comparison) { return single_network(comparison, Family::bayesian); }};
}

}  // namespace credence::benchmarks
