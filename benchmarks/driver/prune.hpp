// The command prune: zeros in place of a Bayesian model's unsure weights, and the smaller dense
// model that is left.
#pragma once

#include "bayes/prune.hpp"
#include "benchmarks/driver/stored_model.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace credence::benchmarks {

struct PruneOptions {
  StoredModelOptions stored{};
  bayes::PruningRule rule = bayes::LogAlphaAbove{};
  std::int64_t fine_tune = 0;  ///< epochs in which the weights that are left are trained further
  std::int64_t steps = 1;      ///< of pruning, each with training after it
  /// Epochs after each step but the last; nothing: as many as after that.
  std::optional<std::int64_t> step_epochs{};
  double learning_rate = 1e-3;          ///< of Adam in these
  std::optional<std::int64_t> shift{};  ///< Options::shift, in fine-tuning
  std::optional<bool> mirror{};         ///< Options::mirror, likewise
  std::filesystem::path out{};          ///< folder for the pruned models
  bool force = false;                   ///< replaces an earlier command's files there
};

/// Prunes the model of the checkpoint by the rule, where that is asked for in several steps with
/// fine-tuning between them, and writes to the folder `out`:
/// pruned-bayesian.safetensors, the Bayesian model with its zeros; pruned.safetensors, the
/// frequentist model of its means, fine-tuned where that is asked for; and, of a model that is a
/// chain, smaller.safetensors, the dense model without the units that are not needed. Prints before
/// and after: accuracy on the test and the validation images, weights, parameters, bytes, time.
/// Throws FileError for a frequentist model, and where files are there that may not be
/// replaced.
void prune(const PruneOptions& options);

}  // namespace credence::benchmarks
