// A model that the task trains, or that comes from the file of --pretrained.
#include "benchmarks/driver/pretrained.hpp"

#include "bayes/elbo.hpp"
#include "benchmarks/driver/stored_model.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

// Runs take pixels / 255 as they are.
bool changes_nothing(const data::Normalize& normalize) {
  const auto all = [](const std::vector<float>& numbers, float value) {
    return std::all_of(numbers.begin(), numbers.end(), [&](float x) { return x == value; });
  };
  return all(normalize.mean, 0.0F) && all(normalize.std, 1.0F);
}

std::filesystem::path pretrained_file(const Options& options, Family family) {
  const bool several = task_of(options).pretrained->families.size() > 1;
  return several ? *options.pretrained / (std::string(file_name(family)) + ".safetensors")
                 : *options.pretrained;
}

// What calibrates a model must not have trained it. Files that do not say are taken as they are.
void require_held_back(const Options& options, const StoredModel& stored, const std::string& file) {
  if (!stored.validation) return;
  if (*stored.validation == options.validation && stored.held_out == options.held_out &&
      stored.seed == options.seed) {
    return;
  }
  const std::string held_out =
      stored.held_out == 0 ? "" : fmt::format(" --held-out {}", stored.held_out);
  throw FileError(file, fmt::format("was trained with --validation {}{} --seed {}, which task {} "
                                    "needs too: others of its images would be held back",
                                    *stored.validation, held_out, stored.seed, options.task));
}

}  // namespace

void require_fitting(const StoredModel& stored, const data::Dataset& train,
                     const std::string& file) {
  if (takes_rows(stored)) throw FileError(file, "is of a model for the rows of a table");
  if (stored.classes != train.classes) {
    throw FileError(
        file, fmt::format("tells {} apart, {} has {}", counted(stored.classes, "class", "classes"),
                          train.name, train.classes));
  }
  const std::vector<std::string>& names = train.class_names;
  if (stored.class_names != names &&
      std::is_permutation(stored.class_names.begin(), stored.class_names.end(), names.begin(),
                          names.end())) {
    throw FileError(
        file, fmt::format("has the classes in the order {}, {} in the order {}",
                          fmt::join(stored.class_names, ", "), train.name, fmt::join(names, ", ")));
  }
  if (stored.normalize && !changes_nothing(*stored.normalize)) {
    throw FileError(file,
                    "is of a model that takes normalised images; this task gives it pixels / 255");
  }
}

namespace {

NamedModel load_pretrained(const Options& options, const Parts& parts, Family family) {
  StoredModelOptions wanted{.checkpoint = pretrained_file(options, family), .model = options.model};
  wanted.key_map = options.key_map;
  wanted.family = family;
  wanted.computing = options.computing;
  if (family == Family::bayesian) wanted.activation = options.activation;
  StoredModel stored = read_stored_model(wanted);
  const std::string file = wanted.checkpoint.string();
  if (task_of(options).calibrates) require_held_back(options, stored, file);
  require_fitting(stored, parts.sets.train, file);
  return std::move(stored.model);
}

FamilyResult score_pretrained(const Options& options, const Parts& parts, const NamedModel& model,
                              Family family) {
  FamilyResult result{.family = family,
                      .activation = model.activation.name(),
                      .parameters = nn::parameter_count(*model.module),
                      .bytes = nn::parameter_bytes(*model.module),
                      .last = test_metrics(parts, model, family, options.samples)};
  if (family == Family::bayesian) {
    result.last_mean = test_metrics(parts, model, family, 0);
    result.kl_per_layer = bayes::kl_divergence_per_layer(*model.module);
  }
  return result;
}

}  // namespace

std::vector<std::filesystem::path> pretrained_files(const Options& options) {
  if (!options.pretrained) return {};
  const PretrainedUse& use = *task_of(options).pretrained;
  if (use.files) return use.files(options);
  std::vector<std::filesystem::path> files;
  for (const Family family : use.families) {
    files.push_back(pretrained_file(options, family));
  }
  return files;
}

void require_pretrained(const Options& options, const Parts& parts) {
  for (const Family family : task_of(options).pretrained->families) {
    load_pretrained(options, parts, family);
  }
}

TrainedModel train_or_load(const Options& options, const Parts& parts, Family family) {
  if (options.pretrained) {
    NamedModel model = load_pretrained(options, parts, family);
    FamilyResult result = score_pretrained(options, parts, model, family);
    return {std::move(model), std::move(result)};
  }
  NamedModel model = make_model(options, parts, family);
  FamilyResult result = run_trial(options, parts, model, trial_of(options, family));
  save_model(options, file_name(family), model, family, parts);
  return {std::move(model), std::move(result)};
}

}  // namespace credence::benchmarks
