// What the command line of a run leaves open: its recipe decides.
#pragma once

#include "benchmarks/driver/options.hpp"

namespace credence::benchmarks {

/// Values that Options has no room for as they are given.
struct GivenValues {
  std::vector<std::int64_t> epochs{};
  std::optional<zoo::Norm> norm{};
  std::optional<std::int64_t> batch_size{};
  std::optional<std::string> model{};
  std::optional<std::string> posterior{};
  std::optional<std::vector<std::string>> methods{};
  std::optional<std::int64_t> validation{};
  std::optional<double> spread_learning_rate{};
  std::optional<double> average{};
  std::optional<std::int64_t> image_size{};  ///< rows and columns
  std::optional<std::int64_t> channels{};
};

/// Puts the given values into the options and fills in what was left open: model, epochs, learning
/// rates (empty), batch sizes, normalisation, validation, data set (empty), the rate of spreads,
/// the average of the weights, the shape of images, and the posterior with its numbers and prior.
/// Throws ValueError,
/// beginning with the option's name, for values that do not fit the task or the model.
void complete(Options& options, GivenValues given);

/// What the recipe does with the model in this task, or with one of a table.
RecipeDefaults recipe_defaults(const Options& options);

/// Throws ValueError where the data set is image-folder and no folder is given.
void require_folder(const std::string& dataset,
                    const std::optional<std::filesystem::path>& data_dir);

}  // namespace credence::benchmarks
