// Networks of a comparison, and the look-up of a method by its name.
#include "benchmarks/driver/comparison.hpp"

#include "framework/base/error.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {

std::int64_t members_of(const Options& options) { return options.members.value_or(kMembers); }

const SharedNetwork& Comparison::network(Family family, std::int64_t member) {
  const auto found = networks_.find({family, member});
  if (found != networks_.end()) return found->second;
  Trial wanted = trial_of(options_, family);
  if (member > 0) {
    wanted.name = network_trial(options_, family, member);
    wanted.seed = options_.seed + static_cast<std::uint64_t>(member);
  }
  return networks_.emplace(std::pair(family, member), run(wanted, nullptr, 0)).first->second;
}

Trial Comparison::trial(Family family, const std::string& name) const {
  Trial wanted = trial_of(options_, family);
  wanted.name = name;
  return wanted;
}

data::Loader Comparison::training_images() const {
  return {parts_.sets.train,
          {.batch_size = kEvaluationBatch,
           .transform = {.normalize = parts_.normalize},
           .indices = parts_.training,
           .device = chosen_device(options_.computing.device)}};
}

Generator Comparison::generator(const std::string& method) const {
  return Generator(options_.seed).split("method").split(method);
}

SharedNetwork Comparison::run(Trial trial, const Adapt& adapt, double dropout) {
  const auto model = std::make_shared<NamedModel>(make_model(
      options_, parts_, trial.family, std::nullopt, {.seed = trial.seed, .dropout = dropout}));
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

}  // namespace credence::benchmarks
