// What a command line leaves open: the recipe's numbers for the model and the task. And the checks
// of what is given.
#include "benchmarks/driver/complete.hpp"

#include "bayes/layers/layers.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/error.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

// What the recipe does with the model in this task.
const TrainingDefaults& training_defaults(const Options& options) {
  const RecipeDefaults& defaults = model_named(options.model).defaults(options.recipe);
  return task_of(options).from_weights ? defaults.from_weights : defaults.from_random;
}

// "is for task init alone", "is for the tasks init and uncert"
template <class Takes>
std::string only_for(Takes takes) {
  std::vector<std::string> names;
  for (const Task& task : tasks()) {
    if (takes(task)) names.push_back(task.name);
  }
  if (names.size() == 1) return "is for task " + names.front() + " alone";
  const std::string last = names.back();
  names.pop_back();
  return fmt::format("is for the tasks {} and {}", fmt::join(names, ", "), last);
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

template <class T>
void fill(std::optional<T>& value, const std::optional<T>& with) {
  if (!value) value = with;
}

// The recipe's posterior has the recipe's numbers and prior, another one its own.
void fill_from(const VariationalChoice& recipe, VariationalChoice& choice) {
  if (choice.posterior.empty()) choice.posterior = recipe.posterior;
  if (choice.posterior != recipe.posterior) return;
  fill(choice.log_alpha, recipe.log_alpha);
  fill(choice.largest_log_alpha, recipe.largest_log_alpha);
  fill(choice.log_variance, recipe.log_variance);
  fill(choice.largest_deviation, recipe.largest_deviation);
  if (!choice.prior.empty() && choice.prior != recipe.prior) return;
  choice.prior = recipe.prior;
  fill(choice.prior_deviation, recipe.prior_deviation);
}

// Throws where the parts do not go together.
void complete_variational(Options& options, const Task& task) {
  VariationalChoice& choice = options.variational;
  fill_from(model_named(options.model).defaults(options.recipe).bayesian.variational, choice);
  if (choice.posterior == VariationalChoice{}.posterior && !choice.log_alpha &&
      options.recipe == Recipe::credence) {
    choice.log_alpha = task.log_alpha;
  }
  if (options.kl_delay + options.kl_warm_up > 1) {
    throw ValueError(
        fmt::format("--kl-delay: {:g} and --kl-warm-up: {:g} are more than the whole run together",
                    options.kl_delay, options.kl_warm_up));
  }
  // A layer is made for its checks alone.
  bayes::BayesianLinear(1, 1, {}, variational_of(choice), Generator());
}

void require_what_task_needs(const Options& options, const Task& task) {
  if (options.ood_data && !task.ood_data) {
    throw ValueError("--ood-data: " + only_for([](const Task& other) { return other.ood_data; }));
  }
  if (!options.ood_data && task.ood_data) {
    throw ValueError(fmt::format("--ood-data: task {} needs {}", options.task, ood_data_choices()));
  }
  if (options.ood_data) require_ood_data(*options.ood_data);
  if (options.validation == 0 && task.calibrates) {
    throw ValueError(
        fmt::format("--validation: task {} needs images that are held back", options.task));
  }
}

}  // namespace

void require_batch_norm(const Options& options) {
  if (options.batch_norm && !model_named(options.model).takes_batch_norm) {
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
  const Task& task = task_of(options);
  const ModelEntry& model = model_named(options.model);
  const RecipeDefaults& defaults = model.defaults(options.recipe);
  if (options.pretrained && !task.pretrained) {
    throw ValueError("--pretrained: " +
                     only_for([](const Task& other) { return other.pretrained.has_value(); }));
  }
  const std::size_t rates =
      task.models - (options.pretrained ? task.pretrained->families.size() : 0);
  const std::size_t most_epochs = task.epochs_each ? rates : std::min<std::size_t>(rates, 1);
  if (!given.epochs.empty()) {
    require_count(options, "--epochs", given.epochs.size(), 1, most_epochs);
  }
  if (!options.learning_rates.empty()) {
    require_count(options, "--lr", options.learning_rates.size(), rates, rates);
  }
  options.batch_norm = given.batch_norm.value_or(defaults.batch_norm);
  require_batch_norm(options);
  if (options.freeze && task.freeze_help.empty()) {
    throw ValueError("--freeze: " +
                     only_for([](const Task& other) { return !other.freeze_help.empty(); }));
  }
  require_what_task_needs(options, task);
  if (options.resume && !options.out) {
    throw ValueError("--resume: needs --out, the folder of the interrupted run");
  }
  if (options.force && !options.out) {
    throw ValueError("--force: needs --out, the folder whose files it replaces");
  }
  options.epochs = given.epochs.empty() ? training_defaults(options).epochs : given.epochs.front();
  options.second_epochs = given.epochs.empty() ? options.epochs : given.epochs.back();
  if (options.pretrained) options.epochs = 0;
  complete_variational(options, task);
  require_folder(options.dataset, options.data_dir);
  if (!options.classes.empty() && options.dataset != kImageFolder) {
    throw ValueError("--classes: is for data set image-folder alone");
  }
  options.spread_learning_rate =
      given.spread_learning_rate.value_or(defaults.bayesian.spread_learning_rate);
  if (options.batch_size == 0) options.batch_size = defaults.batch_size;
  if (options.dataset.empty()) options.dataset = model.dataset;
  if (options.learning_rates.empty()) {
    const TrainingDefaults& training = training_defaults(options);
    options.learning_rates = {training.frequentist_rate, training.bayesian_rate};
    while (options.learning_rates.size() > rates) {
      options.learning_rates.erase(options.learning_rates.begin());
    }
  }
}

}  // namespace credence::benchmarks
