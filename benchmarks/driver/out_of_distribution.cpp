// Task ood: its run, its tables, its JSON and its entry in the list of tasks.
#include "benchmarks/driver/out_of_distribution.hpp"

#include "benchmarks/driver/family_predictions.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/task.hpp"

#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// By which figures show detection over levels: every model has it.
constexpr const char* kShownScore = "entropy";

OodData other_data(const Options& options, const Images& images) {
  return find_ood_data(*options.ood_data, images.test, options.data_dir, options.seed);
}

// What the figures show of the last of the others.
void add_curves(FamilyDetection& result, const bayes::ClassPredictions& own,
                const bayes::ClassPredictions& other) {
  const auto inside = bayes::detection_scores(own);
  const auto outside = bayes::detection_scores(other);
  for (std::size_t i = 0; i < outside.size(); ++i) {
    if (outside[i].name == kShownScore) {
      result.entropies.own = inside[i].values.to_vector<double>();
      result.entropies.other = outside[i].values.to_vector<double>();
    }
    if (find_detection(result.others.back(), outside[i].name) == nullptr) continue;
    result.curves.curves.push_back(
        {outside[i].name, bayes::metrics::roc_curve(outside[i].values, inside[i].values), i});
  }
}

FamilyDetection detect(const Options& options, TrainedModel trained, const Images& images,
                       const OodData& other) {
  const bayes::ClassPredictions own =
      family_predictions(options, trained, images.test, "test images");
  const std::string name = to_string(trained.result.family);
  FamilyDetection result{.own = bayes::classification_report(own),
                         .entropies = {.name = name},
                         .curves = {.name = name}};
  for (int i = 0; i < other.count(); ++i) {
    const data::Dataset set = other.set(i, images.test, options.seed);
    const bayes::ClassPredictions predictions =
        family_predictions(options, trained, set, "images of " + set.name);
    result.others.push_back(ood_report(own, predictions, set.name, other.corruption ? i + 1 : 0));
    if (i + 1 == other.count()) add_curves(result, own, predictions);
  }
  result.training = std::move(trained.result);
  return result;
}

ShiftCurves shift_of(const FamilyDetection& family) {
  ShiftCurves curves{
      to_string(family.training.family), {family.own.accuracy.value}, {family.own.ece}, {}};
  for (const OodReport& other : family.others) {
    curves.accuracy.push_back(other.report->accuracy.value);
    curves.ece.push_back(other.report->ece);
    curves.auroc.push_back(find_detection(other, kShownScore)->auroc);
  }
  return curves;
}

void draw(const Options& options, const DetectionResult& result) {
  std::vector<Entropies> entropies;
  std::vector<RocCurves> curves;
  std::vector<ShiftCurves> shifts;
  const OodReport& last = result.families.front().others.back();
  for (const FamilyDetection& family : result.families) {
    entropies.push_back(family.entropies);
    curves.push_back(family.curves);
    if (last.level > 0) shifts.push_back(shift_of(family));
  }
  const std::string model = options.model + " trained on " + result.data.dataset;
  draw_entropies(fmt::format("{}: entropy of its own test images and of others", model), entropies,
                 result.data.dataset, last.name, result.classes, *options.out / "entropy");
  draw_roc(fmt::format("{}: detection of {}", model, last.name), curves, *options.out / "roc");
  if (shifts.empty()) return;
  draw_shift(fmt::format("{}: test images under {}", model, result.other), shifts, kShownScore,
             *options.out / "shift");
}

}  // namespace

DetectionResult run_detection(const Options& options, const Images& images) {
  const Parts parts = parts_of(options, images);
  const OodData other = other_data(options, images);
  DetectionResult result{
      .data = data_of(options, parts), .other = other.name, .classes = images.train.classes};
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    result.families.push_back(
        detect(options, train_or_load(options, parts, family), images, other));
  }
  if (options.out) draw(options, result);
  return result;
}

std::string detection_tables(const DetectionResult& result) {
  std::vector<NamedReport> own;
  std::vector<NamedOodReports> others;
  for (const FamilyDetection& family : result.families) {
    const std::string name = to_string(family.training.family);
    own.push_back({name, family.own});
    others.push_back({name, family.own, family.others});
  }
  return data_text(result.data) + report_table(own) + "\n" + ood_tables(others, result.other);
}

std::string detection_json(const Options& options, const DetectionResult& result) {
  Json json = head_json(options, result.data);
  for (const FamilyDetection& family : result.families) {
    Json entry = family_json(options, family.training);
    entry["report"] = report_json(family.own);
    entry["ood"] = ood_json(family.others);
    json["families"].push_back(std::move(entry));
  }
  return text_of(json);
}

Task out_of_distribution_task() {
  return {
      .name = "ood",
      .help =
          "train both families and compare how they tell the images of --ood-data from "
          "the test images, or how they bear a corruption of these",
      .models = 2,
      .pretrained =
          PretrainedUse{
              {Family::frequentist, Family::bayesian},
              "take frequentist.safetensors and bayesian.safetensors in this folder, instead of "
              "training"},
      .ood_data = OodUse::needed,
      .files = [](const Options& options) -> std::vector<std::string> {
        std::vector<std::string> figures{"entropy.png", "entropy.svg", "roc.png", "roc.svg"};
        if (is_corruption(*options.ood_data)) {
          figures.insert(figures.end(), {"shift.png", "shift.svg"});
        }
        return with_checkpoints(options, figures);
      },
      .settings = [](const Options& options) -> RunSettings {
        return {{"ood_data", text_setting(*options.ood_data)}};
      },
      .training_text = pair_training_text,
      .check = [](const Options& options, const Images& images) { other_data(options, images); },
      .run = [](const Options& options, const Images& images) -> Report {
        const DetectionResult result = run_detection(options, images);
        return {detection_tables(result), detection_json(options, result)};
      }};
}

}  // namespace credence::benchmarks
