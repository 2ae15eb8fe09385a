// Method mc-dropout of task compare: one network whose dropout stays on.
#include "bayes/methods/mc_dropout.hpp"

#include "benchmarks/driver/comparison.hpp"

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr double kDropout = 0.1;

MethodRun run_mc_dropout(Comparison& comparison) {
  const SharedNetwork network =
      comparison.train_with_dropout(comparison.trial(Family::frequentist, "mc-dropout"), kDropout);
  return {.method = std::make_unique<bayes::McDropout>(network.module),
          .training_seconds = network.result.training_seconds,
          .activation = network.activation,
          .metadata = {{"dropout", fmt::format("{}", kDropout)}}};
}

}  // namespace

MethodEntry mc_dropout_method() {
  return {.name = "mc-dropout",
          .help = fmt::format("a network with dropout of {} after its hidden fully connected "
                              "layers, which stays on (Gal and Ghahramani 2016)",
                              kDropout),
          .family = Family::frequentist,
          .dropout = true,
          .run = run_mc_dropout};
}

}  // namespace credence::benchmarks
