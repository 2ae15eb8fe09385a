// What the results of all tasks are written with: lines and tables for people, JSON for machines.
// docs/results-json.md lists the fields.
#pragma once

#include "benchmarks/driver/run_settings.hpp"

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace credence::benchmarks {

/// "98.75 %" of 0.9875
std::string percent(double share);

/// The settings of a run, a line each, for the head of its output.
std::string settings_text(const Options& options, const RunSets& sets);

/// How models are trained in so many epochs ("2 and 5 epochs"), in a line.
std::string training_text(const Options& options, const std::string& epochs);

/// `samples` of the posterior were averaged, 0 for its mean; nothing for a model that has none.
/// `sample` is what a sample of the data is called.
nlohmann::ordered_json metrics_json(const train::Metrics& metrics,
                                    std::optional<std::int64_t> samples,
                                    const std::string& sample = "image");

nlohmann::ordered_json family_json(const Options& options, const FamilyResult& family);

/// What every task's results begin with.
nlohmann::ordered_json head_json(const Options& options, const std::string& dataset,
                                 const std::string& where, const RunSettings& inputs);
/// The same with the numbers of samples.
nlohmann::ordered_json head_json(const Options& options, const RunData& data);

/// "mnist: 55000 training, 5000 validation, 10000 test images", and an empty line.
std::string data_text(const RunData& data);

/// Bytes that are not UTF-8 are replaced: folders and files may have names of any bytes.
std::string text_of(const nlohmann::ordered_json& json);

}  // namespace credence::benchmarks
