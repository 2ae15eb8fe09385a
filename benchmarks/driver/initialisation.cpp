// Task init: its run, its table, its JSON and its entry in the list of tasks.
#include "benchmarks/driver/initialisation.hpp"

#include "bayes/convert.hpp"
#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/markdown.hpp"

#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

std::string epochs_text(const Options& options) {
  if (options.pretrained) {
    return fmt::format("{}{} (from {})", counted(options.second_epochs, "epoch"),
                       options.freeze ? " (weights frozen)" : "", options.pretrained->string());
  }
  return fmt::format("{} and {}{}", options.epochs, counted(options.second_epochs, "epoch"),
                     options.freeze ? " (weights frozen)" : "");
}

}  // namespace

InitialisationResult run_initialisation(const Options& options, const Images& images) {
  const Parts parts = parts_of(options, images);
  InitialisationResult result{.dataset = images.train.name, .where = images.where};
  result.inputs = inputs_of(options, parts);
  TrainedModel pretrained = train_or_load(options, parts, Family::frequentist);
  const NamedModel& frequentist = pretrained.model;
  result.pretrained = std::move(pretrained.result);
  // BayeTorch runs weights that were trained with relu through softplus.
  const NamedModel bayesian =
      options.recipe == Recipe::bayetorch
          ? make_model(options, parts, Family::bayesian)
          : make_model(options, parts, Family::bayesian, frequentist.activation);
  bayes::copy_weights(*frequentist.module, *bayesian.module);
  result.start = test_metrics(parts, bayesian, Family::bayesian, 1);
  result.start_mean = test_metrics(parts, bayesian, Family::bayesian, 0);
  result.frozen = options.freeze;
  if (options.freeze) bayes::freeze_means(*bayesian.module);
  result.trained = run_trial(options, parts, bayesian, trial_of(options, Family::bayesian));
  save_model(options, "bayesian", bayesian, Family::bayesian, parts);
  return result;
}

std::string initialisation_table(const Options& options, const InitialisationResult& result) {
  return markdown_table(
             {{"model"},
              {"pretrained"},
              {"start (posterior mean)"},
              {"start (one sample)"},
              {fmt::format("final ({})", counted(options.samples, "sample"))}},
             {{options.model + (result.frozen ? ", weights frozen" : ""),
               percent(result.pretrained.last.accuracy()), percent(result.start_mean.accuracy()),
               percent(result.start.accuracy()), percent(result.trained.last.accuracy())}}) +
         fmt::format("\nAccuracy on {} of {}.\n", counted(result.start.samples, "test image"),
                     result.dataset);
}

std::string initialisation_json(const Options& options, const InitialisationResult& result) {
  nlohmann::ordered_json json = head_json(options, result.dataset, result.where, result.inputs);
  json["start"] = metrics_json(result.start, 1);
  json["start_with_posterior_mean"] = metrics_json(result.start_mean, 0);
  json["pretrained"] = family_json(options, result.pretrained);
  json["trained"] = family_json(options, result.trained);
  return text_of(json);
}

Task initialisation_task() {
  return {.name = "init",
          .help = "train a frequentist model and go on from its weights with the Bayesian one",
          .models = 2,
          .epochs_each = true,
          .from_weights = true,
          .pretrained =
              PretrainedUse{
                  {Family::frequentist},
                  "go on from this checkpoint of a frequentist model instead of training one"},
          .freeze_help = "keep the converted weights, train their variances alone",
          // Behind batch normalisation, which also scales the noise, a converted VGG11 begins 21
          // points below its frequentist model with the usual -5.
          .log_alpha = -8,
          .files = [](const Options& options) -> std::vector<std::string> {
            if (options.pretrained) return {"bayesian.safetensors"};
            return {"frequentist.safetensors", "bayesian.safetensors"};
          },
          .settings = [](const Options& options) -> RunSettings {
            return {{"second_epochs", std::to_string(options.second_epochs)},
                    {"freeze", options.freeze ? "true" : "false"}};
          },
          .training_text =
              [](const Options& options) { return training_text(options, epochs_text(options)); },
          .run = [](const Options& options, const Images& images) -> Report {
            const InitialisationResult result = run_initialisation(options, images);
            return {initialisation_table(options, result), initialisation_json(options, result)};
          }};
}

}  // namespace credence::benchmarks
