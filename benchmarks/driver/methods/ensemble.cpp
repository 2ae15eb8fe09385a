// Method ensemble of task compare: frequentist networks from several seeds.
#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {

MethodEntry ensemble_method() {
  return {
      .name = "ensemble",
      .help = "--members frequentist networks (Lakshminarayanan et al. 2017)",
      .family = Family::frequentist,
      .trials =
          [](const Options& options) { return ensemble_trials(options, Family::frequentist); },
      .run = [](Comparison& comparison) { return ensemble_of(comparison, Family::frequentist); }};
}

}  // namespace credence::benchmarks
