#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>

namespace credence::train {

/// A mini-batch: images float32 [N, C, H, W] and class labels int64 [N].
struct Batch {
  Tensor images;
  Tensor labels;
};

/// Anything that yields the batches of an epoch: data::Loader, or a program's own.
class BatchSource {
 public:
  virtual ~BatchSource() = default;

  /// Samples in one epoch.
  virtual std::int64_t samples() const = 0;
  /// Batches in one epoch.
  virtual std::int64_t batches() const = 0;
  /// Begins epoch number `epoch` (from 0) anew; its order may depend on the seed and this number
  /// alone.
  virtual void start_epoch(std::int64_t epoch) = 0;
  /// Hands out the next batch, or returns false at the end of the epoch. The batch may share memory
  /// that the following call overwrites.
  virtual bool next(Batch& batch) = 0;
};

}  // namespace credence::train
