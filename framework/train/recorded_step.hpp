// Training steps that are recorded on the device and replayed.
#pragma once

#include "framework/core/device_graph.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace credence::train {

/// Runs the device's part of training steps. The first steps run directly. Then one is recorded as
/// a graph and replayed for every batch of the same shape. Draw numbers of random layers advance as
/// if each step had run directly, so the numbers are the same.
class RecordedStep {
 public:
  /// A disabled object runs every step directly, and so does one whose model is on the CPU. Steps
  /// draw from the model's generators and from `others`.
  RecordedStep(nn::Module& model, bool enabled, const std::vector<nn::NamedGenerator>& others = {});

  /// Runs step(batch) or replays it. `batch` is on the model's device. The step returns whether all
  /// later steps do the same work (see Loss::repeats); only then the next one is recorded. A step
  /// that cannot be recorded, because it copies to the host or its layers draw different numbers of
  /// times, is run directly, and so are all later ones; failure() then says why.
  void run(const Batch& batch, FunctionRef<bool(const Batch&)> step);

  /// Whether steps are being replayed.
  bool recorded() const { return static_cast<bool>(graph_); }
  /// Why a step that may be recorded could not be, or could not be replayed; empty where nothing
  /// failed.
  const std::string& failure() const { return failure_; }

 private:
  bool fits(const Batch& batch) const;
  void run_directly(const Batch& batch, FunctionRef<bool(const Batch&)> step);
  bool record(FunctionRef<bool(const Batch&)> step);
  bool replay();

  std::vector<nn::NamedGenerator> generators_;
  bool enabled_;
  bool repeats_ = false;
  std::string failure_;
  /// The shapes and types of the last batch that ran directly.
  std::vector<std::pair<Shape, DType>> warm_;
  Batch inputs_;  ///< what the graph reads
  DeviceGraph graph_;
  std::vector<std::uint64_t> first_draws_;   ///< of each generator, as recorded
  std::vector<std::uint64_t> draws_a_step_;  ///< of each generator
};

}  // namespace credence::train
