// A model that the task trains, or that comes from the file of --pretrained.
#include "benchmarks/driver/pretrained.hpp"

#include "bayes/elbo.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/stored_images.hpp"
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

bool changes_nothing(const data::Normalize& normalize) {
  const auto all = [](const std::vector<float>& numbers, float value) {
    return std::all_of(numbers.begin(), numbers.end(), [&](float x) { return x == value; });
  };
  return all(normalize.mean, 0.0F) && all(normalize.std, 1.0F);
}

bool same(const std::optional<data::Normalize>& a, const std::optional<data::Normalize>& b) {
  if (!a || !b) return (!a || changes_nothing(*a)) && (!b || changes_nothing(*b));
  return a->mean == b->mean && a->std == b->std;
}

std::filesystem::path pretrained_file(const Options& options, Family family) {
  const bool several = task_of(options).pretrained->families.size() > 1;
  return several ? *options.pretrained / (std::string(file_name(family)) + ".safetensors")
                 : *options.pretrained;
}

// What calibrates a model must not have trained it. Files that do not say are taken as they are.
void require_held_back(const Options& options, const Parts& parts, const StoredModel& stored,
                       const std::string& file) {
  if (!stored.validation) return;
  if (*stored.validation == std::ssize(parts.validation) && stored.held_out == options.held_out &&
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

void require_fitting(const Options& options, const StoredModel& stored, const RunSets& sets,
                     const std::string& file) {
  if (takes_rows(stored)) throw FileError(file, "is of a model for the rows of a table");
  const data::Dataset& train = sets.train;
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
  const Shape wanted = image_of(options);
  if (train.has_images() && stored.image != wanted) {
    throw FileError(file, fmt::format("takes images of shape {}, not {}", stored.image.to_string(),
                                      wanted.to_string()));
  }
  if (!same(stored.normalize, options.normalize)) {
    throw FileError(file, options.normalize
                              ? "takes images that are normalised in another way than those of " +
                                    pretrained_files(options).front().string()
                              : "is of a model that takes normalised images; this task gives it "
                                "pixels / 255");
  }
  if (has_other_pictures(sets, stored)) {
    throw FileError(file,
                    fmt::format("was trained with --seed {} and other test pictures than those of "
                                "this run, which may be among its training pictures",
                                stored.seed));
  }
}

Options with_pretrained_images(Options options) {
  if (!options.pretrained || options.dataset != kImageFolder) return options;
  const std::vector<std::filesystem::path> files = pretrained_files(options);
  if (files.empty()) return options;
  const StoredImages images = stored_images(files.front(), options.model);
  if (!options.image) options.image = images.image;
  options.normalize = images.normalize;
  return options;
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
  if (task_of(options).calibrates) require_held_back(options, parts, stored, file);
  require_fitting(options, stored, parts.sets, file);
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
    return {std::move(model), std::move(result), parts.normalize};
  }
  NamedModel model = make_model(options, parts, family);
  FamilyResult result = run_trial(options, parts, model, trial_of(options, family));
  save_model(options, file_name(family), model, family, parts);
  return {std::move(model), std::move(result), parts.normalize};
}

}  // namespace credence::benchmarks
