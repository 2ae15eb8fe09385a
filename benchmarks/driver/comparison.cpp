// Networks of a comparison, and the look-up of a method by its name.
#include "benchmarks/driver/comparison.hpp"

#include "benchmarks/driver/ranks.hpp"
#include "framework/base/error.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

void broadcast_tensor(Group& group, int root, const Tensor& tensor) {
  const Tensor host = tensor.to(Device::cpu);
  group.broadcast(std::span(host.raw_data(), host.bytes()), root);
  if (!host.shares_storage_with(tensor)) tensor.copy_from(host);
}

// Gives all ranks what rank `root` has trained.
void broadcast_network(Group& group, int root, SharedNetwork& network) {
  for (const nn::NamedParameter& p : nn::parameters(*network.module)) {
    broadcast_tensor(group, root, p.parameter->value());
  }
  for (const nn::NamedBuffer& b : nn::buffers(*network.module)) {
    broadcast_tensor(group, root, *b.buffer);
  }
  double& seconds = network.result.training_seconds;
  group.broadcast(std::as_writable_bytes(std::span(&seconds, 1)), root);
}

}  // namespace

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

SharedNetwork Comparison::untrained(Family family, std::int64_t member) const {
  std::optional<std::uint64_t> seed;
  if (member > 0) seed = options_.seed + static_cast<std::uint64_t>(member);
  const auto model = std::make_shared<NamedModel>(
      make_model(options_, parts_, family, std::nullopt, {.seed = seed}));
  return {{model, model->module.get()}, model->activation, {}};
}

std::vector<const SharedNetwork*> Comparison::members(Family family, std::int64_t count) {
  Group& group = *job().group;
  const bool spread =
      !group.alone() && (job().spread == Spread::members ||
                         (job().spread == Spread::by_size && count >= group.size()));
  std::vector<const SharedNetwork*> all;
  if (!spread) {
    for (std::int64_t i = 0; i < count; ++i) all.push_back(&network(family, i));
    return all;
  }
  const PartRange own = parts_of_rank(count, group.rank(), group.size());
  std::optional<train::Interrupted> interrupted;
  try {
    const AloneInJob alone;
    for (std::int64_t i = own.begin; i < own.end; ++i) network(family, i);
  } catch (const train::Interrupted& error) {
    interrupted = error;
  }
  // Those that are done wait here for the others.
  if (on_some_rank(group, interrupted.has_value())) {
    throw interrupted.value_or(train::Interrupted("interrupted on another rank"));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    if (i < own.begin || i >= own.end) {
      networks_.insert_or_assign(std::pair(family, i), untrained(family, i));
    }
  }
  for (int rank = 0; rank < group.size(); ++rank) {
    const PartRange theirs = parts_of_rank(count, rank, group.size());
    for (std::int64_t i = theirs.begin; i < theirs.end; ++i) {
      SharedNetwork& member = networks_.at({family, i});
      broadcast_network(group, rank, member);
      all.push_back(&member);
    }
  }
  return all;
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
