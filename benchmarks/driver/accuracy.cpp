// Task acc: its run, its tables, its JSON and its entry in the list of tasks.
#include "benchmarks/driver/accuracy.hpp"

#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/markdown.hpp"
#include "framework/train/progress.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

std::string size_text(const FamilyResult& family) {
  return fmt::format("{:.3f} MiB ({})", static_cast<double>(family.bytes) / 1048576,
                     counted(family.parameters, "parameter"));
}

}  // namespace

AccuracyResult run_accuracy(const Options& options, const Images& images) {
  const Parts parts = parts_of(options, images);
  AccuracyResult result{.data = data_of(options, parts)};
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    result.families.push_back(train_or_load(options, parts, family).result);
  }
  return result;
}

std::string accuracy_tables(const Options& options, const AccuracyResult& result) {
  const FamilyResult& frequentist = result.families[0];
  const FamilyResult& bayesian = result.families[1];
  const auto best = [](const FamilyResult& f) {
    return fmt::format(
        "{} (epoch {})",
        percent(f.epochs[static_cast<std::size_t>(f.best_test_epoch)].test->accuracy()),
        f.best_test_epoch + 1);
  };
  const auto nll = [](const train::Metrics& m) { return fmt::format("{:.4f}", m.nll()); };
  const std::string trained = options.habits.keep_best ? "kept epoch" : "last epoch";
  std::string text = data_text(result.data);
  text += markdown_table(
      {{"model"},
       {"frequentist accuracy"},
       {"Bayesian accuracy"},
       {"frequentist size"},
       {"Bayesian size"}},
      {{options.model, percent(frequentist.last.accuracy()), percent(bayesian.last.accuracy()),
        size_text(frequentist), size_text(bayesian)}});
  text += fmt::format(
      "\nAccuracy on the test set after the {}; Bayesian: {} averaged. "
      "Other ways of counting:\n\n",
      trained, counted(options.samples, "posterior sample"));
  std::vector<std::vector<std::string>> rows;
  if (frequentist.chosen && bayesian.chosen) {
    const auto chosen = [](const FamilyResult& f) {
      return fmt::format("{} (epoch {})", percent(f.chosen->accuracy()), f.chosen_epoch + 1);
    };
    rows.push_back({"epoch chosen on validation " + result.data.sample + "s", chosen(frequentist),
                    chosen(bayesian)});
  }
  if (frequentist.kept_epoch && bayesian.kept_epoch) {
    rows.push_back({"kept epoch, best by " +
                        watch_of(options.habits, result.data.validation_samples > 0).figure,
                    fmt::format("epoch {}", *frequentist.kept_epoch + 1),
                    fmt::format("epoch {}", *bayesian.kept_epoch + 1)});
  }
  rows.push_back(
      {"best epoch by the test set itself, one sample", best(frequentist), best(bayesian)});
  rows.push_back({"last epoch, one sample", percent(frequentist.epochs.back().test->accuracy()),
                  percent(bayesian.epochs.back().test->accuracy())});
  rows.push_back({trained + ", posterior mean", "", percent(bayesian.last_mean->accuracy())});
  rows.push_back(
      {"negative log-likelihood, " + trained, nll(frequentist.last), nll(bayesian.last)});
  rows.push_back({"training time", format_duration(frequentist.training_seconds),
                  format_duration(bayesian.training_seconds)});
  return text + markdown_table({{"on the test set"}, {"frequentist"}, {"Bayesian"}}, rows);
}

std::string accuracy_json(const Options& options, const AccuracyResult& result) {
  nlohmann::ordered_json json = head_json(options, result.data);
  for (const FamilyResult& family : result.families) {
    json["families"].push_back(family_json(options, family));
  }
  return text_of(json);
}

Task accuracy_task() {
  return {.name = "acc",
          .help = "train both families and compare their accuracy",
          .models = 2,
          .tables = true,
          .files = [](const Options&) -> std::vector<std::string> {
            return {"frequentist.safetensors", "bayesian.safetensors"};
          },
          .training_text =
              [](const Options& options) {
                return training_text(options, counted(options.epochs, "epoch"));
              },
          .run = [](const Options& options, const Images& images) -> Report {
            const AccuracyResult result = run_accuracy(options, images);
            return {accuracy_tables(options, result), accuracy_json(options, result)};
          }};
}

}  // namespace credence::benchmarks
