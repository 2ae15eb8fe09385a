// Method ivon of task compare: an optimiser that learns a Gaussian over the weights.
#include "bayes/methods/ivon_training.hpp"
#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {
namespace {

// The authors' 0.99999 is for runs of 200 epochs, in which it forgets the start. This one forgets
// it in a run of 1,000 steps.
constexpr double kBeta2 = 0.9995;

MethodRun run(Comparison& comparison) {
  const bayes::IvonTraining ivon({.beta2 = kBeta2, .generator = comparison.generator("ivon")});
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
          .trials = [](const Options&) -> std::vector<std::string> { return {"ivon"}; },
          .run = run};
}

}  // namespace credence::benchmarks
