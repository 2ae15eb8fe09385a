// Methods of task compare that are networks as they are trained: deterministic and variational, and
// ensembles of both.
#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/trained_network.hpp"
#include "benchmarks/driver/comparison.hpp"

#include <utility>

namespace credence::benchmarks {
namespace {

MethodEntry single(const std::string& name, const std::string& help, Family family) {
  return {.name = name,
          .help = help,
          .family = family,
          .trials = [family](const Options& options) -> std::vector<std::string> {
            return {network_trial(options, family, 0)};
          },
          .run = [family](Comparison& comparison) -> MethodRun {
            const SharedNetwork& network = comparison.network(family);
            return {std::make_unique<bayes::TrainedNetwork>(network.module),
                    network.result.training_seconds, network.activation};
          }};
}

MethodRun run_ensemble(Comparison& comparison, Family family) {
  std::vector<std::unique_ptr<bayes::Method>> members;
  MethodRun run;
  for (const SharedNetwork* network :
       comparison.members(family, members_of(comparison.options()))) {
    members.push_back(std::make_unique<bayes::TrainedNetwork>(network->module));
    run.training_seconds += network->result.training_seconds;
    run.activation = network->activation;
  }
  run.method = std::make_unique<bayes::DeepEnsemble>(std::move(members));
  return run;
}

MethodEntry ensemble(const std::string& name, const std::string& help, Family family) {
  return {.name = name,
          .help = help,
          .family = family,
          .stored = "ensemble",
          .trials =
              [family](const Options& options) {
                std::vector<std::string> trials;
                for (std::int64_t member = 0; member < members_of(options); ++member) {
                  trials.push_back(network_trial(options, family, member));
                }
                return trials;
              },
          .run = [family](Comparison& comparison) { return run_ensemble(comparison, family); }};
}

}  // namespace

MethodEntry deterministic_method() {
  return single("deterministic", "one frequentist network", Family::frequentist);
}

MethodEntry variational_method() {
  return single("variational", "one Bayesian network, whose posterior is sampled",
                Family::bayesian);
}

MethodEntry ensemble_method() {
  return ensemble("ensemble", "--members frequentist networks (Lakshminarayanan et al. 2017)",
                  Family::frequentist);
}

MethodEntry variational_ensemble_method() {
  return ensemble("variational-ensemble", "--members Bayesian networks", Family::bayesian);
}

}  // namespace credence::benchmarks
