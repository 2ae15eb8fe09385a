// Method swag of task compare: a Gaussian around the average of a run's weights.
#include "bayes/methods/swag_training.hpp"
#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {
namespace {

// Of a run of ten epochs this makes 13 snapshots.
constexpr std::int64_t kSnapshotsPerEpoch = 5;
// Adam's rate in the default recipe is high for a constant one.
constexpr double kRateFactor = 0.2;

MethodRun run_swag(Comparison& comparison) {
  const bayes::SwagTraining swag({.snapshots = {.per_epoch = kSnapshotsPerEpoch},
                                  .learning_rate_factor = kRateFactor,
                                  .draws = {.generator = comparison.generator("swag")},
                                  .batch_norm_draws = comparison.options().samples});
  const SharedNetwork network =
      comparison.train(comparison.trial(Family::frequentist, "swag"),
                       [&](const auto&, train::FitOptions& fit) { swag.prepare(fit); });
  const Stopwatch time;
  data::Loader training = comparison.training_images();
  std::unique_ptr<bayes::Method> method = swag.finish(network.module, training);
  return {std::move(method), network.result.training_seconds + time.seconds(), network.activation};
}

}  // namespace

MethodEntry swag_method() {
  return {.name = "swag",
          .help =
              "draws from a Gaussian around the average of one run's weights (Maddox et al. "
              "2019)",
          .family = Family::frequentist,
          .run = run_swag};
}

}  // namespace credence::benchmarks
