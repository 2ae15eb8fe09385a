// What the command line of a run leaves open: its recipe decides.
#pragma once

#include "benchmarks/driver/options.hpp"

namespace credence::benchmarks {

/// Values that Options has no room for as they are given.
struct GivenValues {
  std::vector<std::int64_t> epochs{};
  std::optional<bool> batch_norm{};
  std::optional<double> spread_learning_rate{};
};

/// Puts the given values into the options and fills in what was left open: epochs, learning rates
/// (empty), batch size (0), batch normalisation, data set (empty), the rate of spreads and the
/// posterior (empty) with its numbers and prior. Throws ValueError, beginning
/// with the option's name, for values that do not fit the task or the model.
void complete(Options& options, const GivenValues& given);

/// Throws ValueError where the data set is image-folder and no folder is given.
void require_folder(const std::string& dataset,
                    const std::optional<std::filesystem::path>& data_dir);

/// Throws ValueError where a model that takes no batch normalisation is to have one.
void require_batch_norm(const Options& options);

}  // namespace credence::benchmarks
