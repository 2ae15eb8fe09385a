// The checks of fit: its settings, the state that it goes on from, and the data of a batch whose
// loss is not finite.
#pragma once

#include "framework/train/fit.hpp"

#include <optional>
#include <string>

namespace credence::train {

/// The metadata of a run's state that has FitOptions::accumulate, where that is not 1.
inline constexpr const char* kAccumulate = "run.accumulate";

/// Throws ValueError for a source or settings out of range.
void check_options(const BatchSource& source, const FitOptions& options);

/// Throws ValueError where the state is of a run whose steps have another number of batches.
void require_accumulate(const io::SafeTensors& state, std::int64_t accumulate);

/// Throws ValueError where a monitor is of a classification into another number of classes than the
/// source has labels of.
void require_classes(const BatchSource& source, const std::vector<Monitor>& monitors);

/// Describes the first input or target of a batch that is not finite; nothing where all are.
std::optional<std::string> data_not_finite(const Batch& batch);

}  // namespace credence::train
