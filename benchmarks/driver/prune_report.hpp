// What the command prune reports.
#pragma once

#include "benchmarks/driver/pruned_models.hpp"
#include "framework/nn/weight_counts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace credence::benchmarks {

/// A model in the table: as it was, with zeros, or smaller.
struct PruneRow {
  std::string name;                    ///< in the table
  std::string key;                     ///< in JSON
  std::string file{};                  ///< that holds it
  double accuracy = 0;                 ///< on the test images, by the posterior's mean
  double nll = 0;                      ///< likewise
  std::optional<double> validation{};  ///< accuracy on the images held back from training
  std::int64_t weights = 0;            ///< that are not zero; biases do not count
  std::int64_t parameters = 0;         ///< all, zeros and spreads included
  std::size_t bytes = 0;               ///< of these
  double single_seconds = 0;           ///< median time of a pass over one image
  double batch_seconds = 0;            ///< of a pass over `batch` images, by image
  std::vector<std::int64_t> widths{};  ///< of a smaller model
};

struct PruneResult {
  std::vector<PruneRow> rows{};           ///< the first is the model as it was
  std::vector<nn::WeightCount> layers{};  ///< of the model with zeros
  std::int64_t batch = 0;
};

/// Scores and times all models: accuracy on the test images and on those held back from training,
/// the median time of repeated passes on one thread. Sets the original to predict with its mean.
PruneResult measure_pruned(const StoredModel& original, const PrunedModels& models,
                           const data::Dataset& test,
                           const std::optional<TrainingImages>& training);

std::string rule_text(const bayes::PruningRule& rule);

/// A row for each model, and one for each layer.
std::string prune_tables(const PruneResult& result);

/// The same in fields.
nlohmann::ordered_json prune_json(const PruneOptions& options, const PruneResult& result);

}  // namespace credence::benchmarks
