// What a command line leaves open: the recipe's numbers for the model and the task. And the checks
// of what is given.
#include "benchmarks/driver/complete.hpp"

#include "bayes/layers/layers.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/common/norm_option.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/tables.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

TrainingDefaults training_defaults(const Options& options) {
  const RecipeDefaults defaults = recipe_defaults(options);
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
  // A start above the recipe's cap is a choice too.
  if (!choice.log_alpha) {
    choice.log_alpha = recipe.log_alpha;
    fill(choice.largest_log_alpha, recipe.largest_log_alpha);
  }
  fill(choice.log_variance, recipe.log_variance);
  fill(choice.largest_deviation, recipe.largest_deviation);
  if (!choice.prior.empty() && choice.prior != recipe.prior) return;
  choice.prior = recipe.prior;
  fill(choice.prior_deviation, recipe.prior_deviation);
}

// Throws where the parts do not go together.
void complete_variational(Options& options, const Task& task, const RecipeDefaults& defaults) {
  VariationalChoice& choice = options.variational;
  fill_from(defaults.bayesian.variational, choice);
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

// Of a task that has data of its own: throws where an option is given that is about images.
void require_own_data(const Options& options, const GivenValues& given, const OwnData& own) {
  const auto refuse = [&](bool is_given, const char* option) {
    if (!is_given) return;
    throw ValueError(fmt::format("{}: is for tasks of images, not for {}", option, options.task));
  };
  // A table's model is such a net.
  const bool model_fits = options.regression_data && given.model == "MLP";
  refuse(given.model.has_value() && !model_fits, "--model");
  refuse(given.norm.has_value(), "--norm");
  refuse(!options.dataset.empty(), "--dataset");
  refuse(options.data_dir.has_value(), "--data-dir");
  refuse(!options.classes.empty(), "--classes");
  refuse(options.training_images > 0, "--training-images");
  refuse(options.recipe == Recipe::bayetorch, "--recipe bayetorch");
  if (options.activation && !own.takes_activation(options)) {
    throw ValueError(fmt::format("--activation: {} has none", own.model(options)));
  }
}

// Throws where the model cannot have these widths.
void require_widths(const Options& options, const Task& task) {
  if (options.widths.empty()) return;
  if (task.own_data || model_named(options.model).widths.empty()) {
    throw ValueError(fmt::format("--widths: {} has its own alone", options.model));
  }
  const ModelEntry& model = model_named(options.model);
  const std::size_t most = model.widths.size();
  const std::size_t fewest = model.fewest_widths > 0 ? model.fewest_widths : most;
  if (options.widths.size() < fewest || options.widths.size() > most) {
    const std::string fewer = fewest < most ? fmt::format("{} or ", fewest) : std::string();
    throw ValueError(fmt::format("--widths: {} has {}{}, not {}", options.model, fewer,
                                 counted(static_cast<std::int64_t>(most), "width"),
                                 options.widths.size()));
  }
}

// Where --dataset is a table: of a task of numbers it is the table of --regression-data, of other
// tasks the rows are classified by a model that takes them.
void complete_table(Options& options, GivenValues& given, const Task& task) {
  const bool table = is_table(options.dataset);
  if (options.target && !table && !options.regression_data) {
    throw ValueError(fmt::format("--target: needs a table, --dataset {}", kTableFiles));
  }
  if (!table) return;
  if (task.regression_data) {
    if (options.regression_data) {
      throw ValueError("--dataset: a table is given by --regression-data too");
    }
    options.regression_data = std::exchange(options.dataset, std::string());
    return;
  }
  if (!task.tables) {
    throw ValueError("--dataset: a table " + only_for([](const Task& other) {
                       return other.tables || other.regression_data;
                     }));
  }
  if (!given.model) given.model = "MLP";
  if (!model_named(*given.model).takes_rows) {
    throw ValueError(fmt::format("--model: {} takes images, not the rows of a table, as MLP does",
                                 *given.model));
  }
  if (options.data_dir) throw ValueError("--data-dir: is for data sets of images");
  if (options.widths.empty()) options.widths = kTableWidths;
}

// The model, its posterior and how many samples are held back.
void complete_model(Options& options, const GivenValues& given, const Task& task) {
  options.model =
      task.own_data ? task.own_data->model(options) : given.model.value_or(options.model);
  // Empty: the recipe's.
  options.variational.posterior =
      given.posterior.value_or(task.own_data ? task.own_data->posterior : std::string());
  // Neither tables nor folders have a usual size.
  const bool tenth = task.own_data || is_table(options.dataset) || options.dataset == kImageFolder;
  options.validation = given.validation.value_or(tenth ? kTenth : options.validation);
}

void complete_methods(Options& options, const GivenValues& given, const Task& task) {
  const char* const option = given.methods ? "--methods: " : options.members ? "--members: " : "";
  if (!task.methods && *option != '\0') {
    throw ValueError(option + only_for([](const Task& other) { return other.methods; }));
  }
  if (given.methods) options.methods = *given.methods;
}

void complete_habits(const Options& options, const Task& task) {
  const TrainingHabits& habits = options.habits;
  const auto refuse = [&](bool is_given, const char* option, const char* why) {
    if (is_given) throw ValueError(fmt::format("{}: {} {}", option, why, options.task));
  };
  const bool trains_otherwise = habits.schedule != "recipe" || habits.accumulate > 1 ||
                                habits.watches() || !habits.plain_targets();
  refuse(task.methods && trains_otherwise,
         habits.schedule != "recipe"  ? "--schedule"
         : habits.accumulate > 1      ? "--accumulate"
         : habits.plateau             ? "--plateau"
         : habits.patience            ? "--patience"
         : habits.keep_best           ? "--keep-best"
         : habits.label_smoothing > 0 ? "--label-smoothing"
                                      : "--class-weights",
         "methods train in their own way in task");
  refuse(task.own_data && !habits.plain_targets(),
         habits.label_smoothing > 0 ? "--label-smoothing" : "--class-weights",
         "there are no classes in task");
  if ((habits.log || habits.tensorboard) && !options.out) {
    throw ValueError(fmt::format("{}: needs --out, the folder of the logs",
                                 habits.log ? "--log" : "--tensorboard"));
  }
  require_habits(habits, options.validation != 0);
}

// The shape of the pictures in a folder, where an option says it.
void complete_image(Options& options, const GivenValues& given) {
  if (!given.image_size && !given.channels) return;
  if (options.dataset != kImageFolder) {
    throw ValueError(fmt::format("{}: is for data set image-folder alone",
                                 given.image_size ? "--image-size" : "--channels"));
  }
  const ModelEntry& model = model_named(options.model);
  const std::int64_t side = given.image_size.value_or(model.image[1]);
  if (side < model.least_side) {
    throw ValueError(
        fmt::format("--image-size: {0} takes images of at least {1} x {1} pixels, "
                    "not {2} x {2}",
                    model.name, model.least_side, side));
  }
  options.image = Shape{given.channels.value_or(model.image[0]), side, side};
}

void require_what_task_needs(const Options& options, const Task& task) {
  if (options.ood_data && task.ood_data == OodUse::none) {
    throw ValueError("--ood-data: " +
                     only_for([](const Task& other) { return other.ood_data != OodUse::none; }));
  }
  if (!options.ood_data && task.ood_data == OodUse::needed) {
    throw ValueError(fmt::format("--ood-data: task {} needs {}", options.task, ood_data_choices()));
  }
  if (options.ood_data) require_ood_data(*options.ood_data);
  if (options.regression_data && !task.regression_data) {
    throw ValueError("--regression-data: " +
                     only_for([](const Task& other) { return other.regression_data; }));
  }
  if (options.validation == 0 && task.calibrates) {
    throw ValueError(
        fmt::format("--validation: task {} needs images that are held back", options.task));
  }
}

}  // namespace

RecipeDefaults recipe_defaults(const Options& options) {
  const auto& own = task_of(options).own_data;
  if (own) return own->defaults(options);
  if (is_table(options.dataset)) return table_recipe();
  return model_named(options.model).defaults(options.recipe);
}

void require_folder(const std::string& dataset,
                    const std::optional<std::filesystem::path>& data_dir) {
  if (dataset == kImageFolder && !data_dir) {
    throw ValueError("--dataset: image-folder needs --data-dir, the folder with the pictures");
  }
}

void complete(Options& options, GivenValues given) {
  const Task& task = task_of(options);
  complete_table(options, given, task);
  if (task.own_data) require_own_data(options, given, *task.own_data);
  complete_model(options, given, task);
  const RecipeDefaults defaults = recipe_defaults(options);
  if (options.pretrained && !task.pretrained) {
    throw ValueError("--pretrained: " +
                     only_for([](const Task& other) { return other.pretrained.has_value(); }));
  }
  if (!options.key_map.rules().empty() && !options.pretrained) {
    throw ValueError("--key-map: needs --pretrained, whose tensors it renames");
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
  options.norm = given.norm.value_or(defaults.norm);
  if (!task.own_data) require_norm(options.model, options.norm);
  require_widths(options, task);
  if (options.freeze && task.freeze_help.empty()) {
    throw ValueError("--freeze: " +
                     only_for([](const Task& other) { return !other.freeze_help.empty(); }));
  }
  require_what_task_needs(options, task);
  complete_methods(options, given, task);
  complete_habits(options, task);
  if (options.resume && !options.out) {
    throw ValueError("--resume: needs --out, the folder of the interrupted run");
  }
  if (options.force && !options.out) {
    throw ValueError("--force: needs --out, the folder whose files it replaces");
  }
  options.epochs = given.epochs.empty() ? training_defaults(options).epochs : given.epochs.front();
  options.second_epochs = given.epochs.empty() ? options.epochs : given.epochs.back();
  if (options.pretrained && !task.pretrained->families.empty()) options.epochs = 0;
  complete_variational(options, task, defaults);
  require_folder(options.dataset, options.data_dir);
  if (!options.classes.empty() && options.dataset != kImageFolder) {
    throw ValueError("--classes: is for data set image-folder alone");
  }
  complete_image(options, given);
  options.spread_learning_rate =
      given.spread_learning_rate.value_or(defaults.bayesian.spread_learning_rate);
  if (given.average.value_or(0) > 0 && options.habits.patience) {
    throw ValueError("--average: a run that may end early (--patience) has no last steps");
  }
  options.average = given.average.value_or(options.habits.patience ? 0 : defaults.average);
  options.batch_size = given.batch_size.value_or(defaults.batch_size);
  options.bayesian_batch_size = given.batch_size ? given.batch_size : defaults.bayesian.batch_size;
  if (options.dataset.empty() && !task.own_data) {
    options.dataset = model_named(options.model).dataset;
  }
  if (options.learning_rates.empty()) {
    const TrainingDefaults training = training_defaults(options);
    options.learning_rates = {training.frequentist_rate, training.bayesian_rate};
    while (options.learning_rates.size() > rates) {
      options.learning_rates.erase(options.learning_rates.begin());
    }
  }
}

}  // namespace credence::benchmarks
