#pragma once

#include "data/dataset.hpp"
#include "data/transform.hpp"
#include "framework/core/random.hpp"
#include "framework/train/batch.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace credence::data {

struct LoaderOptions {
  std::int64_t batch_size = 64;
  bool shuffle = false;   ///< a new order each epoch; else ascending, or the order of `indices`
  Generator generator{};  ///< keys the order and the transform's randomness
  /// Threads that prepare batches ahead; 0 prepares them inside next(), as a device always does.
  int workers = 0;
  Transform transform{};
  std::optional<std::vector<std::int64_t>> indices{};  ///< the samples to use; all where not set
  bool drop_last = false;                              ///< leave out a last batch that is not full
  /// Where the data set is kept and the batches are made. To a device nothing crosses after that
  /// but each epoch's order. Transform::custom is the host's alone.
  Device device = Device::cpu;
};

/// Batches of a data set. An epoch has each sample once. What it yields depends on the generator's
/// key, the epoch's number and the options, not on the number of workers; on a device it is the
/// same to the rounding of turned pixels and of noise. Workers gather and transform the samples
/// straight into a ring of batches that are used again and again, two in turn on a device; a batch
/// that the caller still holds when its turn comes is left to the caller and replaced.
class Loader : public train::BatchSource {
 public:
  /// Copies a data set that is not where the options want it. Throws ValueError for a batch size
  /// below 1, fewer than 0 workers, an index outside the data set, a custom step on a device, or
  /// where an epoch would have no batch; ShapeError or ValueError for a data set that is not valid;
  /// Error where the device cannot be used or has no memory left.
  Loader(Dataset dataset, LoaderOptions options);
  ~Loader() override;
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t samples() const override;
  std::int64_t batches() const override { return batches_; }
  /// May be called at any time, also in the middle of an epoch.
  void start_epoch(std::int64_t epoch) override;
  /// Takes back the handles in `batch` and puts the next batch there, views of exact size. Throws
  /// what a worker threw while preparing it, on each call until the next start_epoch; Error before
  /// the first start_epoch.
  bool next(train::Batch& batch) override;

  /// On the loader's device: another loader that is given it there needs no copy.
  const Dataset& dataset() const { return dataset_; }

 private:
  struct Slot {
    train::Batch memory;
    std::exception_ptr failure;
    bool ready = false;
  };

  // What the device needs beside the data set.
  struct OnDevice {
    Tensor levels;
    Tensor noise_deviation;
    Tensor order;
  };

  void work(const std::stop_token& stop);
  void fill(Slot& slot, std::int64_t batch);
  void fill_on_host(Slot& slot, std::int64_t batch);
  void fill_on_device(Slot& slot, std::int64_t batch);
  static void renew_if_shared(Slot& slot);
  std::int64_t samples_in(std::int64_t batch) const;
  Slot& slot_of(std::int64_t batch) {
    return slots_[static_cast<std::size_t>(batch) % slots_.size()];
  }

  const LoaderOptions options_;
  const Dataset dataset_;
  const SampleTransform transform_;
  std::optional<OnDevice> on_device_;
  std::int64_t batches_ = 0;
  std::vector<std::int64_t> order_;  // of the epoch; its entries are indices into the data set
  std::uint64_t random_key_ = 0;     // of the epoch's transforms

  std::mutex mutex_;  // guards all below, but not the memory of a slot that is being filled
  std::condition_variable_any work_available_;
  std::condition_variable batch_ready_;
  std::vector<Slot> slots_;
  std::int64_t next_to_fill_ = 0;
  std::int64_t next_to_hand_out_ = 0;
  std::int64_t released_ = 0;  // batches that the caller has given back
  int busy_workers_ = 0;
  bool started_ = false;
  std::vector<std::jthread> workers_;  // last, so that they end before what they use
};

}  // namespace credence::data
