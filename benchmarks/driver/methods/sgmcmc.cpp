// Methods csgld and csghmc of task compare: samples of the weights from cyclical stochastic
// gradient Markov chain Monte Carlo.
#include "bayes/methods/sgmcmc.hpp"

#include "benchmarks/driver/comparison.hpp"

namespace credence::benchmarks {
namespace {

MethodRun run_sgmcmc(Comparison& comparison, bayes::SgMcmcOptions options) {
  const std::string name = options.name();
  options.generator = comparison.generator(name);
  std::optional<bayes::SgMcmc> sampling;
  const SharedNetwork network =
      comparison.train(comparison.trial(Family::frequentist, name),
                       [&](const std::shared_ptr<nn::Module>& model, train::FitOptions& fit) {
                         sampling.emplace(model, options);
                         sampling->prepare(fit);
                       });
  return {sampling->finish(), network.result.training_seconds, network.activation};
}

MethodEntry entry(const bayes::SgMcmcOptions& options, const std::string& help) {
  const std::string name = options.name();
  return {.name = name,
          .help = help,
          .family = Family::frequentist,
          .run = [options](Comparison& comparison) { return run_sgmcmc(comparison, options); }};
}

}  // namespace

MethodEntry csgld_method() {
  return entry(
      bayes::csgld(),
      "samples of the weights by Langevin dynamics with cyclical steps (Zhang et al. 2020)");
}

MethodEntry csghmc_method() {
  return entry(bayes::csghmc(), "the same by Hamiltonian dynamics with friction");
}

}  // namespace credence::benchmarks
