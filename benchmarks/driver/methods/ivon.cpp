// Method ivon of task compare: an optimiser that learns a Gaussian over the weights.
#include "bayes/methods/ivon_training.hpp"
#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {
namespace {

// For runs of some 2,000 steps: the authors' settings (0.1, 1 and 0.99999) are for a hundred times
// as many, and hardly move a network from its start in so few.
constexpr double kLearningRate = 2;
constexpr double kHessianStart = 0.1;
constexpr double kBeta2 = 0.9999;

MethodRun run_ivon(Comparison& comparison) {
  const bayes::IvonTraining ivon({.learning_rate = kLearningRate,
                                  .beta2 = kBeta2,
                                  .hessian_start = kHessianStart,
                                  .generator = comparison.generator("ivon")});
  const SharedNetwork network =
      comparison.train(comparison.trial(Family::frequentist, "ivon"),
                       [&](const auto&, train::FitOptions& fit) { ivon.prepare(fit); });
  return {ivon.finish(network.module), network.result.training_seconds, network.activation};
}

}  // namespace

MethodEntry ivon_method() {
  return {.name = "ivon",
          .help = "a Gaussian over the weights, learned by the optimiser (Shen et al. 2024)",
          .family = Family::frequentist,
          .run = run_ivon};
}

}  // namespace credence::benchmarks
