// The models that the command prune makes of a Bayesian one.
#pragma once

#include "benchmarks/driver/prune.hpp"
#include "benchmarks/driver/stored_images.hpp"

#include <optional>
#include <vector>

namespace credence::benchmarks {

struct PrunedModels {
  NamedModel pruned;                    ///< frequentist, the posterior's mean with zeros
  std::optional<NamedModel> tuned{};    ///< the same after fine-tuning, if that is asked for
  std::optional<NamedModel> smaller{};  ///< of the last of these, if it is a chain
  std::vector<std::int64_t> widths{};   ///< of the smaller one

  const NamedModel& last() const { return tuned ? *tuned : pruned; }
};

/// Prunes the stored model in place and makes the others. Fine-tuning needs `training`; zeros stay
/// zero in it.
PrunedModels make_pruned(const StoredModel& stored, const PruneOptions& options,
                         const std::optional<TrainingImages>& training);

}  // namespace credence::benchmarks
