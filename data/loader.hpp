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
  int workers = 0;        ///< threads that prepare batches ahead; 0 prepares them inside next()
  Transform transform{};
  std::optional<std::vector<std::int64_t>> indices{};  ///< the samples to use; all where not set
  bool drop_last = false;                              ///< leave out a last batch that is not full
};

/// Batches of a data set. An epoch has each sample once. What it yields depends on the generator's
/// key, the epoch's number and the options, not on the number of workers. Workers gather and
/// transform the samples straight into a ring of batches that are used again and again; a batch
/// that the caller still holds when its turn comes is left to the caller and replaced.
class Loader : public train::BatchSource {
 public:
  /// Throws ValueError for a batch size below 1, fewer than 0 workers, an index outside the data
  /// set, or where an epoch would have no batch; ShapeError or ValueError for a data set that is
  /// not valid.
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

  const Dataset& dataset() const { return dataset_; }

 private:
  struct Slot {
    train::Batch memory;
    std::exception_ptr failure;
    bool ready = false;
  };

  void work(const std::stop_token& stop);
  void fill(Slot& slot, std::int64_t batch);
  static void renew_if_shared(Slot& slot);
  std::int64_t samples_in(std::int64_t batch) const;
  Slot& slot_of(std::int64_t batch) {
    return slots_[static_cast<std::size_t>(batch) % slots_.size()];
  }

  const Dataset dataset_;
  const LoaderOptions options_;
  const SampleTransform transform_;
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
