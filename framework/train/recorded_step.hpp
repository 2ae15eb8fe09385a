// Training steps that are recorded on the device and replayed.
#pragma once

#include "framework/core/device_graph.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <cstdint>
#include <vector>

namespace credence::train {

/// Runs the device's part of training steps. The first of them run as they are written; then one is
/// recorded as a graph, and replayed for every batch of the same shape. Random layers draw on as if
/// each step had been run, so that the numbers are the same.
class RecordedStep {
 public:
  /// `enabled` false runs every step as it is written, as on a device without graphs.
  RecordedStep(nn::Module& model, bool enabled);

  /// Runs step(batch) or replays it. `batch` is on the model's device. The step returns whether
  /// all later ones are the same work (see Loss::repeats); only then the next one is recorded. A
  /// step that cannot be recorded, as it copies to the host or draws differently in its layers, is
  /// run as it is written, and so are all that follow.
  void run(const Batch& batch, FunctionRef<bool(const Batch&)> step);

  /// Whether steps are being replayed.
  bool recorded() const { return static_cast<bool>(graph_); }

 private:
  bool fits(const Batch& batch) const;
  std::vector<std::uint64_t> draws() const;
  void seek(const std::vector<std::uint64_t>& draws) const;
  void run_directly(const Batch& batch, FunctionRef<bool(const Batch&)> step);
  bool record(FunctionRef<bool(const Batch&)> step);
  bool replay();

  std::vector<nn::NamedGenerator> generators_;
  bool enabled_;
  bool repeats_ = false;
  Shape warm_shape_;  ///< of the batch before, which ran as it is written
  Batch inputs_;      ///< what the graph reads
  DeviceGraph graph_;
  std::vector<std::uint64_t> first_draws_;   ///< of the recorded step
  std::vector<std::uint64_t> draws_a_step_;  ///< the same for all generators that draw
};

}  // namespace credence::train
