// Batches of samples, and the interface of whatever yields them.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>

namespace credence::train {

/// A mini-batch: images float32 [N, C, H, W] and class labels int64 [N].
struct Batch {
  Tensor images;
  Tensor labels;
};

/// A source of the batches of an epoch: data::Loader, or a program's own class.
class BatchSource {
 public:
  virtual ~BatchSource() = default;

  /// The number of samples in one epoch.
  virtual std::int64_t samples() const = 0;
  /// The number of batches in one epoch.
  virtual std::int64_t batches() const = 0;
  /// Starts epoch number `epoch`, counted from 0. The order of samples may depend only on the seed
  /// and on this number.
  virtual void start_epoch(std::int64_t epoch) = 0;
  /// Gives the next batch, or returns false at the end of the epoch. The batch may share memory
  /// that the next call overwrites.
  virtual bool next(Batch& batch) = 0;
};

}  // namespace credence::train
