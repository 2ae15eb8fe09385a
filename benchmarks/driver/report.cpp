// Texts and JSON that the results of all tasks share.
#include "benchmarks/driver/report.hpp"

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/counted.hpp"
#include "framework/core/parallel.hpp"
#include "framework/dispatch/kernels.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const LayerNumbers& layers) {
  Json json = Json::object();
  for (const auto& [layer, number] : layers) json[layer] = number;
  return json;
}

Json epoch_json(const train::EpochReport& report, std::optional<std::int64_t> samples,
                const std::string& sample) {
  Json json{{"epoch", report.epoch + 1}, {"loss", report.loss}};
  for (const train::NamedValue& monitor : report.monitors) {
    if (monitor.display != train::Display::part) json["training_" + monitor.name] = monitor.value;
  }
  json["learning_rate"] = report.learning_rate;
  json["seconds"] = report.seconds;
  json[sample + "s_per_second"] = report.samples_per_second;
  if (report.dropped_steps > 0) json["dropped_steps"] = report.dropped_steps;
  for (const train::NamedValue& monitor : report.monitors) {
    if (monitor.display == train::Display::part) json["terms"][monitor.name] = monitor.value;
  }
  if (report.validation) json["validation"] = metrics_json(*report.validation, samples, sample);
  if (report.test) json["test"] = metrics_json(*report.test, samples, sample);
  return json;
}

std::string rates_text(const Options& options) {
  if (options.learning_rates.size() == 1) return fmt::format("{:g}", options.learning_rates[0]);
  return fmt::format("{:g} (frequentist) and {:g} (Bayesian)", options.learning_rates[0],
                     options.learning_rates[1]);
}

std::string batch_text(const Options& options) {
  const std::int64_t bayesian = batch_size_of(options, Family::bayesian);
  if (bayesian == options.batch_size) return fmt::format("batch {}", options.batch_size);
  return fmt::format("batch {} (frequentist) and {} (Bayesian)", options.batch_size, bayesian);
}

// ", 10 times that for variances"; nothing where all parameters have one rate.
std::string spread_text(const Options& options) {
  if (options.spread_learning_rate == 1) return {};
  return fmt::format(", {:g} times that for variances", options.spread_learning_rate);
}

// ", average over the last 0.4 of the steps"; nothing where the last step's weights stay.
std::string average_text(const Options& options) {
  if (options.average == 0) return {};
  return fmt::format(", average over the last {:g} of the steps", options.average);
}

// " (0 for 0.5 of the steps, rising over 0.25 of the steps)"; nothing where it is constant.
std::string kl_schedule_text(const Options& options) {
  std::string text;
  if (options.kl_delay > 0) text = fmt::format("0 for {:g} of the steps", options.kl_delay);
  if (options.kl_warm_up > 0) {
    text += fmt::format("{}rising over {:g} of the steps", text.empty() ? "" : ", ",
                        options.kl_warm_up);
  }
  return text.empty() ? text : " (" + text + ")";
}

const char* norm_text(zoo::Norm norm) {
  switch (norm) {
    case zoo::Norm::batch:
      return ", batch normalisation";
    case zoo::Norm::filter_response:
      return ", filter response normalisation";
    case zoo::Norm::none:
      break;
  }
  return "";
}

}  // namespace

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string settings_text(const Options& options, const RunSets& sets) {
  const std::string shape =
      options.dataset == kImageFolder
          ? fmt::format(", {} of shape {}", counted(sets.train.classes, "class", "classes"),
                        image_of(options).to_string())
          : "";
  return fmt::format(
      "task {}, model {}, data {} ({}){}\n"
      "{}, {}\n"
      "seed {}, {}\n",
      options.task, options.model, sets.train.name, sets.where, shape,
      task_of(options).training_text(options), counted(options.samples, "sample"), options.seed,
      device_text(options.computing));
}

std::string training_text(const Options& options, const std::string& epochs) {
  const auto variational_text = [](const VariationalChoice& choice) {
    const std::string text = to_string(choice);
    return text.empty() ? text : ", " + text;
  };
  return fmt::format("{}, {}, Adam with learning rate {}{}{}, recipe {}{}, temperature {:g}{}",
                     epochs, batch_text(options), rates_text(options), spread_text(options),
                     average_text(options), to_string(options.recipe), norm_text(options.norm),
                     options.temperature, kl_schedule_text(options)) +
         habits_text(options.habits) + variational_text(options.variational) +
         (options.samples_per_step > 1
              ? fmt::format(", {} a step", counted(options.samples_per_step, "sample"))
              : "");
}

Json metrics_json(const train::Metrics& metrics, std::optional<std::int64_t> samples,
                  const std::string& sample) {
  Json json;
  for (const train::NamedValue& value : metrics.values) json[value.name] = value.value;
  json[sample + "s"] = metrics.samples;
  if (samples) json["samples"] = *samples;
  return json;
}

Json family_json(const Options& options, const FamilyResult& family) {
  const bool bayesian = family.family == Family::bayesian;
  const auto sampled = [&](std::int64_t samples) {
    return bayesian ? std::optional(samples) : std::nullopt;
  };
  const auto scores = [&](const train::Metrics& metrics, std::int64_t samples) {
    return metrics_json(metrics, sampled(samples), family.sample);
  };
  Json json{{"family", to_string(family.family)},
            {"activation", family.activation},
            {"learning_rate", family.learning_rate},
            {"parameters", family.parameters},
            {"parameter_bytes", family.bytes},
            {"training_seconds", family.training_seconds},
            {"test_after_last_epoch", scores(family.last, options.samples)}};
  for (const auto& [layer, kl] : family.kl_per_layer) json["kl_per_layer"][layer] = kl;
  if (family.last_mean) {
    json["test_with_posterior_mean"] = scores(*family.last_mean, 0);
  }
  if (family.chosen) {
    json["test_of_epoch_chosen_on_validation"] = scores(*family.chosen, options.samples);
    json["epoch_chosen_on_validation"] = family.chosen_epoch + 1;
  }
  if (family.epochs.empty()) return json;
  const train::EpochReport& best = family.epochs[static_cast<std::size_t>(family.best_test_epoch)];
  json["test_of_epoch_chosen_on_test"] = scores(*best.test, 1);
  json["epoch_chosen_on_test"] = family.best_test_epoch + 1;
  if (family.kept_epoch) json["kept_epoch"] = *family.kept_epoch + 1;
  for (std::size_t i = 0; i < family.epochs.size(); ++i) {
    Json epoch = epoch_json(family.epochs[i], sampled(1), family.sample);
    if (i < family.layers.kl.size()) {
      epoch["kl_per_layer"] = json_of(family.layers.kl[i]);
      epoch["mean_log_alpha"] = json_of(family.layers.log_alpha[i]);
    }
    json["epochs"].push_back(std::move(epoch));
  }
  return json;
}

Json head_json(const Options& options, const std::string& dataset, const std::string& where,
               const RunSettings& inputs) {
  Json json{{"version", 2}};
  for (const auto& [name, value] : provenance("credence-bench", options.command)) {
    json["program"][name] = value;
  }
  json["task"] = options.task;
  json["model"] = options.model;
  json["dataset"] = dataset;
  json["data_folder"] = where;
  for (const auto& [name, value] : inputs) json[name] = Json::parse(value);
  Json& settings = json["settings"];
  for (const auto& [name, value] : settings_of(options)) settings[name] = Json::parse(value);
  settings["optimizer"] = "Adam";
  settings["device"] = to_string(chosen_device(options.computing.device));
  settings["threads"] = num_threads();
  settings["kernels"] = cpu_instruction_set();
  if (options.pretrained) settings["pretrained"] = options.pretrained->string();
  return json;
}

Json head_json(const Options& options, const RunData& data) {
  Json json = head_json(options, data.dataset, data.where, data.inputs);
  const std::string samples = data.sample + "s";
  json["training_" + samples] = data.training_samples;
  json["validation_" + samples] = data.validation_samples;
  json["test_" + samples] = data.test_samples;
  return json;
}

std::string data_text(const RunData& data) {
  return fmt::format("{}: {} training, {} validation, {}\n\n", data.dataset, data.training_samples,
                     data.validation_samples,
                     counted(data.test_samples, data.scored + ' ' + data.sample));
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace credence::benchmarks
