#include "benchmarks/driver/report.hpp"

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/driver/recipe.hpp"
#include "framework/base/counted.hpp"
#include "framework/core/parallel.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string size_text(const FamilyResult& family) {
  return fmt::format("{:.3f} MiB ({})", static_cast<double>(family.bytes) / 1048576,
                     counted(family.parameters, "parameter"));
}

// A Markdown table whose columns line up.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 3);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += fmt::format("| {:<{}} ", rows[r][i], widths[i]);
    }
    text += "|\n";
    if (r > 0) continue;
    for (const std::size_t width : widths) text += fmt::format("|{:-<{}}", "", width + 2);
    text += "|\n";
  }
  return text;
}

// Folders and files may have names of any bytes.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// `samples` of the posterior were averaged, 0 for its mean; nothing for a model that has none.
Json metrics_json(const train::Metrics& metrics, std::optional<std::int64_t> samples) {
  Json json{{"accuracy", metrics.accuracy}, {"nll", metrics.nll}, {"images", metrics.samples}};
  if (samples) json["samples"] = *samples;
  return json;
}

Json epoch_json(const EpochScores& scores, std::optional<std::int64_t> samples) {
  Json json{{"epoch", scores.training.epoch + 1},
            {"loss", scores.training.loss},
            {"training_accuracy", scores.training.accuracy},
            {"learning_rate", scores.training.learning_rate},
            {"seconds", scores.training.seconds},
            {"images_per_second", scores.training.images_per_second}};
  for (const auto& [name, value] : scores.training.terms) json["terms"][name] = value;
  if (scores.validation) json["validation"] = metrics_json(*scores.validation, samples);
  json["test"] = metrics_json(scores.test, samples);
  return json;
}

Json family_json(const Options& options, const FamilyResult& family) {
  const bool bayesian = family.family == to_string(Family::bayesian);
  const auto sampled = [&](std::int64_t samples) {
    return bayesian ? std::optional(samples) : std::nullopt;
  };
  Json json{{"family", family.family},
            {"activation", family.activation},
            {"learning_rate", family.learning_rate},
            {"parameters", family.parameters},
            {"parameter_bytes", family.bytes},
            {"training_seconds", family.training_seconds},
            {"test_after_last_epoch", metrics_json(family.last, sampled(options.samples))}};
  for (const auto& [layer, kl] : family.kl_per_layer) json["kl_per_layer"][layer] = kl;
  if (family.last_mean) {
    json["test_with_posterior_mean"] = metrics_json(*family.last_mean, sampled(0));
  }
  if (family.chosen) {
    json["test_of_epoch_chosen_on_validation"] =
        metrics_json(*family.chosen, sampled(options.samples));
    json["epoch_chosen_on_validation"] = family.chosen_epoch + 1;
  }
  if (family.epochs.empty()) return json;
  const EpochScores& best = family.epochs[static_cast<std::size_t>(family.best_test_epoch)];
  json["test_of_epoch_chosen_on_test"] = metrics_json(best.test, sampled(1));
  json["epoch_chosen_on_test"] = family.best_test_epoch + 1;
  for (const EpochScores& scores : family.epochs) {
    json["epochs"].push_back(epoch_json(scores, sampled(1)));
  }
  return json;
}

std::string rates_text(const Options& options) {
  if (options.learning_rates.size() == 1) return fmt::format("{:g}", options.learning_rates[0]);
  return fmt::format("{:g} (frequentist) and {:g} (Bayesian)", options.learning_rates[0],
                     options.learning_rates[1]);
}

std::string epochs_text(const Options& options) {
  if (options.task != "init") return counted(options.epochs, "epoch");
  if (options.pretrained) {
    return fmt::format("{}{} (from {})", counted(options.second_epochs, "epoch"),
                       options.freeze ? " (weights frozen)" : "", options.pretrained->string());
  }
  return fmt::format("{} and {}{}", options.epochs, counted(options.second_epochs, "epoch"),
                     options.freeze ? " (weights frozen)" : "");
}

std::string training_text(const Options& options) {
  if (options.task == "uncert" && options.pretrained) {
    return "model from " + options.pretrained->string();
  }
  return fmt::format(
      "{}, batch {}, Adam with learning rate {}, recipe {}{}, temperature {:g}{}",
      epochs_text(options), options.batch_size, rates_text(options), to_string(options.recipe),
      options.batch_norm ? ", batch normalisation" : "", options.temperature,
      options.kl_warm_up > 0 ? fmt::format(" (rising over {:g} of the steps)", options.kl_warm_up)
                             : "");
}

// What every task's results begin with.
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

}  // namespace

std::string settings_text(const Options& options, const Images& images) {
  return fmt::format(
      "task {}, model {}, data {} ({})\n"
      "{}, {}\n"
      "seed {}, {}\n",
      options.task, options.model, images.train.name, images.where, training_text(options),
      counted(options.samples, "sample"), options.seed, device_text(options.computing));
}

std::string accuracy_tables(const Options& options, const AccuracyResult& result) {
  const FamilyResult& frequentist = result.families[0];
  const FamilyResult& bayesian = result.families[1];
  const auto best = [](const FamilyResult& f) {
    return fmt::format("{} (epoch {})",
                       percent(f.epochs[static_cast<std::size_t>(f.best_test_epoch)].test.accuracy),
                       f.best_test_epoch + 1);
  };
  const auto nll = [](const train::Metrics& m) { return fmt::format("{:.4f}", m.nll); };
  std::string text =
      fmt::format("{}: {} training, {} validation, {}\n\n", result.dataset, result.training_images,
                  result.validation_images, counted(result.test_images, "test image"));
  text += table(
      {{"model", "frequentist accuracy", "Bayesian accuracy", "frequentist size", "Bayesian size"},
       {options.model, percent(frequentist.last.accuracy), percent(bayesian.last.accuracy),
        size_text(frequentist), size_text(bayesian)}});
  text += fmt::format(
      "\nAccuracy on the test set after the last epoch; Bayesian: {} averaged. "
      "Other ways of counting:\n\n",
      counted(options.samples, "posterior sample"));
  std::vector<Row> rows{{"on the test set", "frequentist", "Bayesian"}};
  if (frequentist.chosen && bayesian.chosen) {
    const auto chosen = [](const FamilyResult& f) {
      return fmt::format("{} (epoch {})", percent(f.chosen->accuracy), f.chosen_epoch + 1);
    };
    rows.push_back({"epoch chosen on validation images", chosen(frequentist), chosen(bayesian)});
  }
  rows.push_back(
      {"best epoch by the test set itself, one sample", best(frequentist), best(bayesian)});
  rows.push_back({"last epoch, one sample", percent(frequentist.epochs.back().test.accuracy),
                  percent(bayesian.epochs.back().test.accuracy)});
  rows.push_back({"last epoch, posterior mean", "", percent(bayesian.last_mean->accuracy)});
  rows.push_back(
      {"negative log-likelihood, last epoch", nll(frequentist.last), nll(bayesian.last)});
  rows.push_back({"training time", format_duration(frequentist.training_seconds),
                  format_duration(bayesian.training_seconds)});
  return text + table(rows);
}

std::string accuracy_json(const Options& options, const AccuracyResult& result) {
  Json json = head_json(options, result.dataset, result.where, result.inputs);
  json["training_images"] = result.training_images;
  json["validation_images"] = result.validation_images;
  json["test_images"] = result.test_images;
  for (const FamilyResult& family : result.families) {
    json["families"].push_back(family_json(options, family));
  }
  return text_of(json);
}

std::string initialisation_table(const Options& options, const InitialisationResult& result) {
  return table({{"model", "pretrained", "start (posterior mean)", "start (one sample)",
                 fmt::format("final ({})", counted(options.samples, "sample"))},
                {options.model + (result.frozen ? ", weights frozen" : ""),
                 percent(result.pretrained.last.accuracy), percent(result.start_mean.accuracy),
                 percent(result.start.accuracy), percent(result.trained.last.accuracy)}}) +
         fmt::format("\nAccuracy on {} of {}.\n", counted(result.start.samples, "test image"),
                     result.dataset);
}

std::string initialisation_json(const Options& options, const InitialisationResult& result) {
  Json json = head_json(options, result.dataset, result.where, result.inputs);
  json["start"] = metrics_json(result.start, 1);
  json["start_with_posterior_mean"] = metrics_json(result.start_mean, 0);
  json["pretrained"] = family_json(options, result.pretrained);
  json["trained"] = family_json(options, result.trained);
  return text_of(json);
}

std::string turned_table(const Options& options, const TurnedResult& result) {
  std::vector<Row> rows{{"angle", "accuracy", "epistemic", "quartiles", "aleatoric", "quartiles"}};
  const auto quartiles = [](const Spread& s) {
    return fmt::format("{:.4f} {:.4f}", s.low, s.high);
  };
  for (const AngleScores& scores : result.angles) {
    rows.push_back({fmt::format("{:g}", scores.angle), percent(scores.accuracy),
                    fmt::format("{:.4f}", scores.epistemic.mean), quartiles(scores.epistemic),
                    fmt::format("{:.4f}", scores.aleatoric.mean), quartiles(scores.aleatoric)});
  }
  return fmt::format("Bayesian {} on {}: {} on the upright test set\n\n", options.model,
                     result.dataset, percent(result.training.last.accuracy)) +
         table(rows) +
         fmt::format(
             "\n{} turned by each angle (degrees), {}; traces of the covariance matrices.\n",
             counted(result.turned_images, "test image"), counted(options.samples, "sample"));
}

std::string turned_json(const Options& options, const TurnedResult& result) {
  Json json = head_json(options, result.dataset, result.where, result.inputs);
  json["turned_images"] = result.turned_images;
  json["family"] = family_json(options, result.training);
  const auto spread = [](const Spread& s) {
    return Json{{"mean", s.mean}, {"lower_quartile", s.low}, {"upper_quartile", s.high}};
  };
  for (const AngleScores& scores : result.angles) {
    json["angles"].push_back({{"angle", scores.angle},
                              {"accuracy", scores.accuracy},
                              {"samples", options.samples},
                              {"epistemic", spread(scores.epistemic)},
                              {"aleatoric", spread(scores.aleatoric)}});
  }
  return text_of(json);
}

}  // namespace credence::benchmarks
