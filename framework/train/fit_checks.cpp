// What fit refuses, and where its numbers went wrong.
#include "framework/train/fit_checks.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/core/coordinates.hpp"

#include <algorithm>
#include <cmath>

namespace credence::train {
namespace {

// Describes the first number of the tensor that is not finite; nothing where all are finite.
std::optional<std::string> not_finite(const char* what, const Tensor& tensor) {
  if (!tensor.defined()) return std::nullopt;
  const std::vector<double> values = tensor.to_vector<double>();
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](double value) { return std::isfinite(value); });
  if (bad == values.end()) return std::nullopt;
  return what + (' ' + coordinates(tensor.shape(), bad - values.begin())) + " of its batch is " +
         (std::isnan(*bad) ? "NaN" : "infinite");
}

}  // namespace

std::optional<std::string> data_not_finite(const Batch& batch) {
  std::optional<std::string> found = not_finite("input", batch.inputs);
  for (const Tensor& tensor : batch.more_inputs) {
    if (!found) found = not_finite("input", tensor);
  }
  if (!found) found = not_finite("target", batch.targets);
  for (const Tensor& tensor : batch.more_targets) {
    if (!found) found = not_finite("target", tensor);
  }
  return found;
}

void check_options(const BatchSource& source, const FitOptions& options) {
  if (options.epochs < 0 || source.batches() < 1) {
    throw ValueError("[fit] needs a source with at least one batch and no negative epochs, not " +
                     counted(source.batches(), "batch", "batches") + " and " +
                     counted(options.epochs, "epoch"));
  }
  if (!(options.max_gradient_norm >= 0)) {
    throw ValueError("[fit] the bound of the gradient's norm must not be negative, it is " +
                     std::to_string(options.max_gradient_norm));
  }
  if (options.parallel.group == nullptr || options.parallel.blocks < 0) {
    throw ValueError("[fit] needs a group, and no negative number of blocks, not " +
                     std::to_string(options.parallel.blocks));
  }
  if (options.accumulate < 1) {
    throw ValueError("[fit] a step needs at least one batch, not " +
                     std::to_string(options.accumulate));
  }
}

void require_classes(const BatchSource& source, const std::vector<Monitor>& monitors) {
  for (const Monitor& monitor : monitors) {
    if (monitor.classes == 0 || source.classes() == 0 || monitor.classes == source.classes()) {
      continue;
    }
    throw ValueError("[fit] the data have " + counted(source.classes(), "class", "classes") +
                     ", the model's outputs are scores of " + std::to_string(monitor.classes) +
                     "; give the model as many outputs as there are classes");
  }
}

void require_accumulate(const io::SafeTensors& state, std::int64_t accumulate) {
  const auto stored = state.metadata.find(kAccumulate);
  const std::string batches = stored == state.metadata.end() ? "1" : stored->second;
  if (batches == std::to_string(accumulate)) return;
  throw ValueError("[fit] the state to go on from is of a run with " + batches +
                   " batches in a step, not " + std::to_string(accumulate));
}

}  // namespace credence::train
