// A run's settings and inputs as JSON texts, and their comparison with those of a file.
#include "benchmarks/driver/run_settings.hpp"

#include "bayes/posterior/variational_dropout.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/tables.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/error.hpp"
#include "framework/io/input_file.hpp"

#include <algorithm>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

namespace credence::benchmarks {
namespace {

using SortedJson = nlohmann::json;

RunSettings texts(const SortedJson& values) {
  RunSettings settings;
  for (const auto& [name, value] : values.items()) {
    settings[name] = value.dump(-1, ' ', false, SortedJson::error_handler_t::replace);
  }
  return settings;
}

// As messages show it: "10", "mnist", "0.01 and 0.005", "none".
std::string shown(const std::string& text) {
  const SortedJson value = SortedJson::parse(text, nullptr, false);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  if (value.is_null()) return "none";
  if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
  if (!value.is_array()) return text;
  std::string list;
  for (const SortedJson& item : value) list += (list.empty() ? "" : " and ") + shown(item.dump());
  return list;
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string checksum_of(const std::filesystem::path& path) {
  io::InputFile file(path, "a trained model");
  std::vector<Bytef> buffer(std::size_t{1} << 20);
  uLong crc = crc32_z(0, nullptr, 0);
  while (const std::uint64_t got = file.read_some(buffer.data(), buffer.size())) {
    crc = crc32_z(crc, buffer.data(), got);
  }
  return fmt::format("crc32:{:08x}", crc);
}

// The options of training habits; null for what is left out.
void add_habits(const TrainingHabits& habits, SortedJson& values) {
  const auto or_null = [](const auto& value) { return value ? SortedJson(*value) : SortedJson(); };
  values["schedule"] = habits.schedule;
  values["schedule_period"] = or_null(habits.schedule_period);
  values["schedule_factor"] = or_null(habits.schedule_factor);
  values["plateau"] = or_null(habits.plateau);
  values["plateau_factor"] = habits.plateau ? SortedJson(habits.plateau_factor) : SortedJson();
  values["accumulate"] = habits.accumulate;
  values["watch"] = or_null(habits.watch);
  values["patience"] = or_null(habits.patience);
  values["min_delta"] = habits.patience ? SortedJson(habits.min_delta) : SortedJson();
  values["keep_best"] = habits.keep_best;
  values["label_smoothing"] = habits.label_smoothing;
  values["class_weights"] =
      habits.class_weights.empty() ? SortedJson() : SortedJson(habits.class_weights);
  values["log"] = or_null(habits.log);
  values["tensorboard"] = habits.tensorboard;
}

// Names and numbers of the Bayesian weights, null for what the chosen parts decide.
void add_variational(const VariationalChoice& choice, SortedJson& values) {
  const auto or_null = [](const auto& value) { return value ? SortedJson(*value) : SortedJson(); };
  const bool dropout = choice.posterior == VariationalChoice{}.posterior;
  values["posterior"] = choice.posterior;
  values["log_alpha"] =
      dropout ? SortedJson(choice.log_alpha.value_or(bayes::VariationalDropout{}.log_alpha))
              : or_null(choice.log_alpha);
  values["largest_log_alpha"] = or_null(choice.largest_log_alpha);
  values["log_variance"] = or_null(choice.log_variance);
  values["largest_deviation"] = or_null(choice.largest_deviation);
  values["prior"] = choice.prior.empty() ? SortedJson() : SortedJson(choice.prior);
  values["prior_deviation"] = or_null(choice.prior_deviation);
  values["estimator"] = choice.estimator.empty() ? SortedJson() : SortedJson(choice.estimator);
}

}  // namespace

std::string text_setting(const std::string& text) {
  return SortedJson(text).dump(-1, ' ', false, SortedJson::error_handler_t::replace);
}

RunSettings settings_of(const Options& options) {
  SortedJson values{{"task", options.task},
                    {"model", options.model},
                    {"epochs", options.epochs},
                    {"batch_size", options.batch_size},
                    {"bayesian_batch_size", batch_size_of(options, Family::bayesian)},
                    {"learning_rates", options.learning_rates},
                    {"average", options.average},
                    {"recipe", to_string(options.recipe)},
                    {"norm", to_string(options.norm)},
                    {"temperature", options.temperature},
                    {"kl_delay", options.kl_delay},
                    {"kl_warm_up", options.kl_warm_up},
                    {"samples_per_step", options.samples_per_step},
                    {"spread_learning_rate", options.spread_learning_rate},
                    {"samples", options.samples},
                    {"seed", options.seed},
                    {"precision", name_of(options.computing.precision)}};
  add_variational(options.variational, values);
  values["widths"] = options.widths.empty() ? SortedJson() : SortedJson(options.widths);
  add_habits(options.habits, values);
  values["held_out"] = options.held_out > 0 ? SortedJson(options.held_out) : SortedJson();
  values["shift"] = options.shift ? SortedJson(*options.shift) : SortedJson();
  values["mirror"] = options.mirror ? SortedJson(*options.mirror) : SortedJson();
  if (options.target) values["target"] = *options.target;
  values["activation"] = options.activation ? SortedJson(options.activation->name()) : SortedJson();
  values["key_map"] = SortedJson();
  for (const io::KeyRule& rule : options.key_map.rules()) {
    values["key_map"].push_back(rule.pattern + "=" + rule.replacement);
  }
  if (options.dataset == kImageFolder) {
    const Shape image = image_of(options);
    values["image"] = {image[0], image[1], image[2]};
  }
  RunSettings settings = texts(values);
  if (const auto& more = task_of(options).settings) settings.merge(more(options));
  return settings;
}

RunSettings inputs_of(const Options& options, const Parts& parts) {
  const std::string samples = sample_name(parts.sets.train) + "s";
  SortedJson values{{"dataset", parts.sets.train.name},
                    {"training_" + samples, parts.training.size()},
                    {"validation_" + samples, parts.validation.size()},
                    {"test_" + samples, parts.sets.test.size()},
                    {"data_checksum", parts.sets.checksum}};
  if (options.dataset == kImageFolder || is_table(options.dataset)) {
    values["classes"] = parts.sets.train.class_names;
  }
  if (parts.normalize) {
    values["pixel_mean"] = parts.normalize->mean;
    values["pixel_deviation"] = parts.normalize->std;
  }
  SortedJson pretrained;
  for (const std::filesystem::path& file : pretrained_files(options)) {
    pretrained.push_back(checksum_of(file));
  }
  values["pretrained_checksum"] = pretrained.size() == 1 ? pretrained.front() : pretrained;
  return texts(values);
}

RunData data_of(const Options& options, const Parts& parts) {
  return {.dataset = parts.sets.train.name,
          .where = parts.sets.where,
          .sample = sample_name(parts.sets.train),
          .training_samples = static_cast<std::int64_t>(parts.training.size()),
          .validation_samples = static_cast<std::int64_t>(parts.validation.size()),
          .test_samples = parts.sets.test.size(),
          .scored = options.held_out > 0 ? "held-out" : "test",
          .inputs = inputs_of(options, parts)};
}

void require_same(const std::filesystem::path& file, const RunSettings& wanted,
                  const RunSettings& stored) {
  // What people set says more than a checksum.
  for (const bool checksums : {false, true}) {
    for (const auto& [name, value] : wanted) {
      const auto found = stored.find(name);
      const std::string other = found == stored.end() ? "null" : found->second;
      if (other == value || name.ends_with("checksum") != checksums) continue;
      throw FileError(file.string(), fmt::format("is of a run with {} {}, not {}; with --force in "
                                                 "place of --resume training begins anew",
                                                 spaced(name), shown(other), shown(value)));
    }
  }
}

void require_results_of(const std::filesystem::path& file, const RunSettings& settings,
                        const RunSettings& inputs) {
  const SortedJson json =
      SortedJson::parse(io::read_file(file, "the results of a run"), nullptr, false);
  if (!json.is_object() || !json.contains("settings") || !json.at("settings").is_object()) {
    throw FileError(file.string(), "is no results.json of a run");
  }
  require_same(file, settings, texts(json.at("settings")));
  require_same(file, inputs, texts(json));
}

}  // namespace credence::benchmarks
