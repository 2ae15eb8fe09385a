// Method laplace of task compare: a normal distribution of the last layer's weights around trained
// ones.
#include "bayes/methods/laplace.hpp"

#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {
namespace {

MethodRun run_laplace(Comparison& comparison) {
  const SharedNetwork& network = comparison.network(Family::frequentist);
  const Stopwatch time;
  data::Loader training = comparison.training_images();
  std::unique_ptr<bayes::Method> method = bayes::laplace(network.module, training);
  return {std::move(method), network.result.training_seconds + time.seconds(), network.activation};
}

}  // namespace

MethodEntry laplace_method() {
  return {.name = "laplace",
          .help =
              "the deterministic network with a normal distribution of its last layer's "
              "weights, full covariance, probit predictions (Daxberger et al. 2021)",
          .family = Family::frequentist,
          .trials = [](const Options& options) -> std::vector<std::string> {
            return {network_trial(options, Family::frequentist, 0)};
          },
          .run = run_laplace};
}

}  // namespace credence::benchmarks
