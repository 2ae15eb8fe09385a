// Command prune: reads a Bayesian model, has the pruned ones made and measured, and writes them.
#include "benchmarks/driver/prune.hpp"

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/driver/prune_report.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/stored_images.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"

#include <optional>
#include <system_error>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kPrunedBayesian = "pruned-bayesian.safetensors";
constexpr const char* kPruned = "pruned.safetensors";
constexpr const char* kSmaller = "smaller.safetensors";

std::vector<fs::path> files_of(const PruneOptions& options) {
  return {options.out / kPrunedBayesian, options.out / kPruned, options.out / kSmaller};
}

void require_outputs(const PruneOptions& options) {
  require_writable(options.stored.json);
  require_other_than(options.stored.json, {options.stored.checkpoint});
  std::error_code error;
  for (const fs::path& file : files_of(options)) {
    if (fs::equivalent(file, options.stored.checkpoint, error)) {
      throw FileError(file.string(), "is the model of --checkpoint, which prune would replace");
    }
    if (!options.force && fs::exists(fs::symlink_status(file, error))) {
      throw FileError(file.string(), "is there already; --force replaces it");
    }
  }
}

void make_folder(const PruneOptions& options) {
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) {
    throw FileError(options.out.string(), "cannot be made a folder: " + error.message());
  }
  for (const fs::path& file : files_of(options)) require_writable(file);
}

// The metadata of the file that was read, of another family or with other widths.
std::map<std::string, std::string> metadata_of(const StoredModel& stored,
                                               const PruneOptions& options, Family family,
                                               const std::vector<std::int64_t>& widths) {
  std::map<std::string, std::string> metadata = stored.metadata;
  metadata["model"] = stored.name;
  metadata["family"] = file_name(family);
  metadata["activation"] = stored.model.activation.name();
  if (stored.norm) metadata["norm"] = to_string(*stored.norm);
  // The pruned models are plain checkpoints.
  std::erase_if(metadata, [](const auto& entry) { return entry.first.starts_with("method"); });
  metadata["pruned"] = rule_text(options.rule);
  if (!widths.empty()) metadata["widths"] = fmt::format("{}", fmt::join(widths, ","));
  if (family == Family::frequentist) {
    for (const char* key : {"posterior", "prior", "estimator", "largest_log_alpha",
                            "largest_deviation", "prior_deviation"}) {
      metadata.erase(key);
    }
  }
  return metadata;
}

void save(const PruneOptions& options, const StoredModel& stored, const PrunedModels& models) {
  const auto write = [&](const char* file, const NamedModel& model, Family family,
                         const std::vector<std::int64_t>& widths) {
    io::save_checkpoint(options.out / file, *model.module,
                        metadata_of(stored, options, family, widths));
  };
  write(kPrunedBayesian, stored.model, Family::bayesian, stored.widths);
  write(kPruned, models.last(), Family::frequentist, stored.widths);
  if (models.smaller) write(kSmaller, *models.smaller, Family::frequentist, models.widths);
}

Json head(const PruneOptions& options, const StoredModel& original, const data::Dataset& test) {
  Json json;
  for (const auto& [name, value] : provenance("credence-bench", options.stored.command)) {
    json["program"][name] = value;
  }
  json["checkpoint"] = options.stored.checkpoint.string();
  json["model"] = full_name(original);
  json["dataset"] = test.name;
  json["images"] = test.size();
  return json;
}

std::string prune_text(const PruneOptions& options, const StoredModel& original,
                       const data::Dataset& test, const PruneResult& result) {
  const bool cpu = nn::device_of(*original.model.module) == Device::cpu;
  const bool smaller = result.rows.back().key == "smaller";
  return fmt::format(
      "{} ({}) on {} of {}, pruned by {}; times on {}\n\n{}{}", full_name(original),
      original.model.activation.name(), counted(test.size(), "test image"), test.name,
      rule_text(options.rule), cpu ? "one thread" : "the device", prune_tables(result),
      smaller ? "" : "\n" + original.name + " has no list of its layers: no smaller model\n");
}

}  // namespace

void prune(const PruneOptions& options) {
  prepare(options.stored.computing);
  require_outputs(options);
  const StoredModel original = read_stored_model(options.stored);
  if (takes_rows(original)) throw ValueError("[prune] is for models of images");
  if (original.family == Family::frequentist) {
    throw FileError(options.stored.checkpoint.string(),
                    "is of a frequentist model; prune needs the posterior of a Bayesian one");
  }
  const data::Dataset test = test_set("prune", options.stored, original);
  const std::optional<TrainingImages> training = training_images(options.stored, original);
  const bool trains = options.fine_tune > 0 || (options.steps > 1 && options.step_epochs > 0);
  if (trains && !training) {
    throw Error("[prune] the training images, which --fine-tune needs, are not known or not found");
  }
  bayes::rule_of_step(options.rule, *original.model.module, 1, options.steps);  // for its checks
  make_folder(options);
  const StoredModel pruned = read_stored_model(options.stored);
  const PrunedModels models = make_pruned(pruned, options, training);
  save(options, pruned, models);
  PruneResult result = measure_pruned(original, models, test, training);
  result.rows.front().file = options.stored.checkpoint.string();
  Json json = head(options, original, test);
  json.update(prune_json(options, result));
  print_results(options.stored.json, prune_text(options, original, test, result), text_of(json));
}

}  // namespace credence::benchmarks
