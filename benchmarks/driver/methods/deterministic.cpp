// Method deterministic of task compare: one network of the frequentist family.
#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {

MethodEntry deterministic_method() {
  return {
      .name = "deterministic",
      .help = "one frequentist network",
      .family = Family::frequentist,
      .trials = [](const Options& options) -> std::vector<std::string> {
        return {network_trial(options, Family::frequentist, 0)};
      },
      .run =
          [](Comparison& comparison) { return single_network(comparison, Family::frequentist); }};
}

}  // namespace credence::benchmarks
