// The options of credence-bench in groups, for the command line that is made of them.
#pragma once

#include "benchmarks/driver/complete.hpp"
#include "benchmarks/driver/export.hpp"
#include "benchmarks/driver/options.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace credence::benchmarks {

/// The data sets that --dataset takes.
std::vector<std::string> dataset_names();

/// What is wrong with a value of --dataset, which is one of these or the file of a table; empty
/// where nothing is.
std::string dataset_error(const std::string& text);

/// An option for numbers of units, "20,50,500", which `take` gets.
CLI::Option* add_counts(CLI::App& app, const std::string& name,
                        const std::function<void(std::vector<std::int64_t>)>& take,
                        const std::string& description);

/// --shift, --mirror and --no-mirror
void add_augmentation(CLI::App& app, std::optional<std::int64_t>& shift,
                      std::optional<bool>& mirror);

/// --device, --precision and --threads
void add_computing(CLI::App& app, Computing& computing);

/// The options of training habits and logs.
void add_habits(CLI::App& app, TrainingHabits& habits);

/// --key-map
void add_key_map(CLI::App& app, io::KeyMap& keys);

/// The options of the posterior, the prior, the loss and the recipe.
void add_objective(CLI::App& app, Options& options, GivenValues& given);

/// The options of runs in several processes (see ranks.hpp).
void add_ranks(CLI::App& app);

/// All options of a run.
void add_run_options(CLI::App& app, Options& options, GivenValues& given);

/// The commands predict, evaluate, prune and export with their options.
CLI::App* add_predict(CLI::App& app, StoredModelOptions& stored);
CLI::App* add_evaluate(CLI::App& app, StoredModelOptions& stored);
CLI::App* add_prune(CLI::App& app, PruneOptions& prune);
CLI::App* add_export(CLI::App& app, ExportOptions& exported);

}  // namespace credence::benchmarks
