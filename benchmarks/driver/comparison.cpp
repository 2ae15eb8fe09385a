// Networks of a comparison, and what the entries of several methods share.
#include "benchmarks/driver/comparison.hpp"

#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/base/error.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {

std::int64_t Comparison::members() const { return options_.members.value_or(kMembers); }

const SharedNetwork& Comparison::network(Family family, std::int64_t member) {
  const auto found = networks_.find({family, member});
  if (found != networks_.end()) return found->second;
  Trial wanted = trial_of(options_, family);
  wanted.stop = interruption_requested;
  if (member > 0) {
    wanted.name = network_trial(options_, family, member);
    wanted.seed = options_.seed + static_cast<std::uint64_t>(member);
  }
  return networks_.emplace(std::pair(family, member), run(wanted, nullptr, {.seed = wanted.seed}))
      .first->second;
}

SharedNetwork Comparison::train(
    const Trial& trial,
    const std::function<void(const std::shared_ptr<nn::Module>&, train::FitOptions&)>& adapt) {
  return run(trial, adapt, {.seed = trial.seed});
}

SharedNetwork Comparison::train_with_dropout(const Trial& trial, double dropout) {
  if (!model_named(options_.model).takes_dropout) {
    throw ValueError("--methods: " + options_.model + " has no dropout, which mc-dropout needs");
  }
  return run(trial, nullptr, {.seed = trial.seed, .dropout = dropout});
}

Trial Comparison::trial(Family family, const std::string& name) const {
  Trial wanted = trial_of(options_, family);
  wanted.name = name;
  return wanted;
}

data::Loader Comparison::training_images() const {
  return {parts_.sets.train,
          {.batch_size = kEvaluationBatch,
           .indices = parts_.training,
           .device = chosen_device(options_.computing.device)}};
}

Generator Comparison::generator(const std::string& method) const {
  return Generator(options_.seed).split("method").split(method);
}

SharedNetwork Comparison::run(
    Trial trial,
    const std::function<void(const std::shared_ptr<nn::Module>&, train::FitOptions&)>& adapt,
    const ModelChanges& changes) {
  const auto model = std::make_shared<NamedModel>(
      make_model(options_, parts_, trial.family, std::nullopt, changes));
  // Owns the whole.
  const std::shared_ptr<nn::Module> network(model, model->module.get());
  if (adapt) trial.adapt = [&](train::FitOptions& fit) { adapt(network, fit); };
  FamilyResult result = run_trial(options_, parts_, *model, trial);
  return {network, model->activation, std::move(result)};
}

std::string network_trial(const Options& options, Family family, std::int64_t member) {
  if (member == 0) return file_name(family);
  return fmt::format("{}-seed-{}", file_name(family),
                     options.seed + static_cast<std::uint64_t>(member));
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const MethodEntry& entry : methods()) names.push_back(entry.name);
  return names;
}

const MethodEntry& method_named(const std::string& name) {
  const auto found = std::find_if(methods().begin(), methods().end(),
                                  [&](const MethodEntry& entry) { return entry.name == name; });
  if (found != methods().end()) return *found;
  throw ValueError(
      fmt::format("--methods: \"{}\" is none of {}", name, fmt::join(method_names(), ", ")));
}

MethodRun single_network(Comparison& comparison, Family family) {
  const SharedNetwork& network = comparison.network(family);
  return {std::make_unique<bayes::TrainedNetwork>(network.module), network.result.training_seconds,
          network.activation};
}

MethodRun ensemble_of(Comparison& comparison, Family family) {
  std::vector<std::unique_ptr<bayes::Method>> members;
  MethodRun run;
  for (std::int64_t member = 0; member < comparison.members(); ++member) {
    const SharedNetwork& network = comparison.network(family, member);
    members.push_back(std::make_unique<bayes::TrainedNetwork>(network.module));
    run.training_seconds += network.result.training_seconds;
    run.activation = network.activation;
  }
  run.method = std::make_unique<bayes::DeepEnsemble>(std::move(members));
  return run;
}

std::vector<std::string> ensemble_trials(const Options& options, Family family) {
  std::vector<std::string> trials;
  for (std::int64_t member = 0; member < options.members.value_or(kMembers); ++member) {
    trials.push_back(network_trial(options, family, member));
  }
  return trials;
}

}  // namespace credence::benchmarks
