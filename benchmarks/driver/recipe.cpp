#include "benchmarks/driver/recipe.hpp"

#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "framework/base/error.hpp"

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// BayeTorch's published numbers, or as many as show what our recipe is worth.
std::int64_t default_epochs(const Options& options) {
  if (options.recipe == Recipe::credence) return 10;
  if (is_vgg(options.model)) return options.model == "VGG11" ? 50 : 100;
  return options.task == "init" ? 3 : 10;
}

// Of Adam, for the frequentist and the Bayesian model.
std::vector<double> default_learning_rates(const Options& options) {
  const bool init = options.task == "init";
  if (options.recipe == Recipe::credence) {
    if (!is_vgg(options.model)) return {1e-2, 5e-3};
    return {1e-3, init ? 5e-4 : 1e-3};
  }
  if (is_vgg(options.model)) return {init ? 1e-4 : 1e-3, 1e-4};
  return {init ? 1e-3 : 1e-2, 1e-3};
}

// Throws where `count` values are given to an option that takes at least `least`, at most `most`.
void require_count(const Options& options, const char* option, std::size_t count, std::size_t least,
                   std::size_t most) {
  if (count >= least && count <= most) return;
  const std::string task = options.task + (options.pretrained ? " with --pretrained" : "");
  const std::string values = most == 0      ? "no value"
                             : most == 1    ? "1 value"
                             : least < most ? fmt::format("{} values at most", most)
                                            : fmt::format("{} values", most);
  throw ValueError(fmt::format("{}: task {} takes {}, not {}", option, task, values, count));
}

}  // namespace

const char* to_string(Recipe recipe) {
  return recipe == Recipe::credence ? "credence" : "bayetorch";
}

void require_vgg_to_normalise(const Options& options) {
  if (options.batch_norm && !is_vgg(options.model)) {
    throw ValueError("--batch-norm: is for VGG alone, not for " + options.model);
  }
}

void require_folder(const std::string& dataset,
                    const std::optional<std::filesystem::path>& data_dir) {
  if (dataset == kImageFolder && !data_dir) {
    throw ValueError("--dataset: image-folder needs --data-dir, the folder with train and test");
  }
}

void complete(Options& options, const GivenValues& given) {
  if (options.pretrained && options.task == "acc") {
    throw ValueError("--pretrained: is for the tasks init and uncert");
  }
  const std::size_t given_models = options.pretrained ? 1 : 0;
  const std::size_t most_epochs = (options.task == "init" ? 2U : 1U) - given_models;
  const std::size_t rates = (options.task == "uncert" ? 1U : 2U) - given_models;
  if (!given.epochs.empty()) {
    require_count(options, "--epochs", given.epochs.size(), 1, most_epochs);
  }
  if (!options.learning_rates.empty()) {
    require_count(options, "--lr", options.learning_rates.size(), rates, rates);
  }
  const bool tuned_vgg = is_vgg(options.model) && options.recipe == Recipe::credence;
  options.batch_norm = given.batch_norm.value_or(tuned_vgg);
  require_vgg_to_normalise(options);
  if (options.freeze && options.task != "init") {
    throw ValueError("--freeze: is for task init alone");
  }
  if (options.resume && !options.out) {
    throw ValueError("--resume: needs --out, the folder of the interrupted run");
  }
  if (options.force && !options.out) {
    throw ValueError("--force: needs --out, the folder whose files it replaces");
  }
  options.epochs = given.epochs.empty() ? default_epochs(options) : given.epochs.front();
  options.second_epochs = given.epochs.empty() ? options.epochs : given.epochs.back();
  if (options.pretrained) options.epochs = 0;
  // Behind batch normalisation, which also scales the noise, a converted VGG11 begins 21 points
  // below its frequentist model with the usual -5.
  if (!options.log_alpha && options.task == "init" && options.recipe == Recipe::credence) {
    options.log_alpha = -8;
  }
  require_folder(options.dataset, options.data_dir);
  if (!options.classes.empty() && options.dataset != kImageFolder) {
    throw ValueError("--classes: is for data set image-folder alone");
  }
  if (options.batch_size == 0) options.batch_size = tuned_vgg ? 128 : 256;
  if (options.dataset.empty()) options.dataset = usual_dataset(options.model);
  if (options.learning_rates.empty()) {
    options.learning_rates = default_learning_rates(options);
    while (options.learning_rates.size() > rates) {
      options.learning_rates.erase(options.learning_rates.begin());
    }
  }
}

}  // namespace credence::benchmarks
