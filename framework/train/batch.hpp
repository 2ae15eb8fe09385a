// Batches of samples, and the interface of whatever yields them.
#pragma once

#include "framework/core/tensor.hpp"
#include "framework/group/batch_scope.hpp"

#include <cstdint>
#include <vector>

namespace credence::train {

/// A mini-batch of N samples: tensors of any element type whose dimension 0 is N. Images are
/// float32 [N, C, H, W], class labels int64 [N], the values of a regression float32 [N] or [N, D].
///
/// A model of several inputs reads `inputs` and, after it, `more_inputs` (see output_of); an
/// objective that compares several tensors reads `more_targets` likewise. Any of them may be
/// undefined except `inputs`.
struct Batch {
  Tensor inputs;
  Tensor targets;
  std::vector<Tensor> more_inputs{};
  std::vector<Tensor> more_targets{};
  /// Of the whole batch, where this is a share of it (see BatchSource::take_share); else 0.
  std::int64_t whole_samples = 0;

  /// N of the whole batch.
  std::int64_t all_samples() const { return whole_samples > 0 ? whole_samples : samples(); }
  /// N. Throws ShapeError where `inputs` has no dimension or is undefined.
  std::int64_t samples() const;
};

/// A batch that has function(tensor) in place of each tensor: of inputs, targets, more_inputs and
/// more_targets, in this order. Undefined tensors stay undefined, without a call.
template <class Function>
Batch map_tensors(const Batch& batch, Function function) {
  const auto mapped = [&](const Tensor& tensor) {
    return tensor.defined() ? function(tensor) : Tensor();
  };
  Batch result{mapped(batch.inputs), mapped(batch.targets)};
  for (const Tensor& tensor : batch.more_inputs) result.more_inputs.push_back(mapped(tensor));
  for (const Tensor& tensor : batch.more_targets) result.more_targets.push_back(mapped(tensor));
  result.whole_samples = batch.whole_samples;
  return result;
}

/// The rows begin, …, end − 1 of a batch, as views.
Batch rows_of_batch(const Batch& batch, std::int64_t begin, std::int64_t end);

/// The batch on a device.
Batch to_device(const Batch& batch, Device device);

/// The defined tensors of a batch, in the same order.
std::vector<Tensor> tensors_of(const Batch& batch);

/// A source of the batches of an epoch: data::Loader, or a program's own class.
class BatchSource {
 public:
  virtual ~BatchSource() = default;

  /// The number of samples in one epoch.
  virtual std::int64_t samples() const = 0;
  /// The number of batches in one epoch.
  virtual std::int64_t batches() const = 0;
  /// The number of classes of the labels; 0, the default, where it is not known or the targets are
  /// no labels. fit compares it with that of the objective.
  virtual std::int64_t classes() const { return 0; }
  /// Starts epoch number `epoch`, counted from 0. The order of samples may depend only on the seed
  /// and on this number.
  virtual void start_epoch(std::int64_t epoch) = 0;
  /// Gives the next batch, or returns false at the end of the epoch. The batch may share memory
  /// that the next call overwrites.
  virtual bool next(Batch& batch) = 0;
  /// Asks for a share of each batch from the next start_epoch on: the rows of rows_of(N, share) of
  /// the same batch of N samples, which then has whole_samples = N. samples() and batches() stay
  /// as they are. A source that gives whole batches alone, as by default, returns false; its
  /// caller takes the rows itself.
  virtual bool take_share(const BatchShare& /*share*/) { return false; }
};

/// A share of the rows of a source's batches, as the source gives them or as they are taken from
/// whole batches. The destructor asks the source for whole batches again, from the next start_epoch
/// on. The source must outlive the object.
class SharedSource {
 public:
  SharedSource(BatchSource& source, const BatchShare& share)
      : source_(source), share_(share), given_(source.take_share(share)) {}
  ~SharedSource() {
    if (given_) source_.take_share({});
  }
  SharedSource(const SharedSource&) = delete;
  SharedSource& operator=(const SharedSource&) = delete;

  struct Rows {
    Batch batch;
    BatchRows rows;
  };
  /// The share's rows of a batch from the source, or from one that passes on its batches.
  Rows rows_of(const Batch& batch) const;

 private:
  BatchSource& source_;
  BatchShare share_;
  bool given_;
};

}  // namespace credence::train
