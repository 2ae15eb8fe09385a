// The loader: batches of a data set, shuffled and transformed.
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

/// The settings of a Loader.
struct LoaderOptions {
  std::int64_t batch_size = 64;
  bool shuffle = false;   ///< a new order in each epoch; else ascending or as in `indices`
  Generator generator{};  ///< keys the order and the transform's randomness
  /// The number of threads that prepare batches ahead. With 0, and on a device, next() prepares
  /// them.
  int workers = 0;
  Transform transform{};  ///< of images; other inputs are handed out as they are
  std::optional<std::vector<std::int64_t>> indices{};  ///< the samples to use; all by default
  bool drop_last = false;  ///< whether to leave out a last batch that is not full
  /// Where the data set is stored and the batches are made. On a CUDA device, only the order of
  /// each epoch crosses from the host after construction. Transform::custom runs on the host only.
  Device device = Device::cpu;
};

/// Batches of a data set. An epoch has each sample once. Inputs are float32 images where the data
/// set has images (see Dataset), and else rows of its inputs, in their element type. Targets are
/// rows of its targets. The batches depend on the generator's key,
/// the epoch's number and the options, not on the number of workers. On a device they are equal up
/// to the rounding of rotated pixels and of noise. Workers write the transformed samples straight
/// into a ring of batches that are reused (two batches on a device). A batch that the caller still
/// holds when its turn comes is left to the caller and replaced by new memory.
class Loader : public train::BatchSource {
 public:
  /// Copies a data set that is not on the device of the options. Throws ValueError for a batch size
  /// below 1, fewer than 0 workers, an index outside the data set, a transform of data that are no
  /// images, a custom step on a device, and where an epoch would have no batch. Throws ShapeError
  /// or ValueError for a data set that is not valid. Throws Error where the device cannot be used
  /// or has no memory left.
  Loader(Dataset dataset, LoaderOptions options);
  ~Loader() override;
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t samples() const override;
  std::int64_t batches() const override { return batches_; }
  std::int64_t classes() const override { return dataset_.classes; }
  /// May be called at any time, even in the middle of an epoch.
  void start_epoch(std::int64_t epoch) override;
  /// Releases the handles in `batch` and puts the next batch there, as views with exactly its
  /// samples. Throws what a worker threw while preparing it, on each call until the next
  /// start_epoch. Throws Error before the first start_epoch.
  bool next(train::Batch& batch) override;
  /// Prepares the rows of the share alone.
  bool take_share(const BatchShare& share) override;

  /// The data set on the loader's device. Another loader of the same device needs no copy of it.
  const Dataset& dataset() const { return dataset_; }

 private:
  struct Slot {
    train::Batch memory;
    std::exception_ptr failure;
    bool ready = false;
  };

  // What the kernels on the device read beside the data set. The first two are for images.
  struct OnDevice {
    Tensor levels{};
    Tensor noise_deviation{};
    Tensor order{};
  };

  void work(const std::stop_token& stop);
  void fill(Slot& slot, std::int64_t batch);
  void fill_on_host(Slot& slot, std::int64_t batch);
  void fill_on_device(Slot& slot, std::int64_t batch);
  static void renew_if_shared(Slot& slot);
  std::int64_t samples_in(std::int64_t batch) const;
  BatchRows rows_in(std::int64_t batch) const { return rows_of(samples_in(batch), share_); }
  Slot& slot_of(std::int64_t batch) {
    return slots_[static_cast<std::size_t>(batch) % slots_.size()];
  }

  const LoaderOptions options_;
  const Dataset dataset_;
  const std::optional<SampleTransform> transform_;  // of images
  std::optional<OnDevice> on_device_;
  std::int64_t batches_ = 0;
  BatchShare share_;                 // of each batch of the epoch
  BatchShare next_share_;            // from the next epoch on
  std::vector<std::int64_t> order_;  // of the epoch; its entries are indices into the data set
  std::uint64_t random_key_ = 0;     // of the epoch's transforms

  std::mutex mutex_;  // guards what follows, except memory of a slot that is being filled
  std::condition_variable_any work_available_;
  std::condition_variable batch_ready_;
  std::vector<Slot> slots_;
  std::int64_t next_to_fill_ = 0;
  std::int64_t next_to_hand_out_ = 0;
  std::int64_t released_ = 0;  // batches that the caller has returned
  int busy_workers_ = 0;
  bool started_ = false;
  std::vector<std::jthread> workers_;  // last, so that they end before the members they use
};

}  // namespace credence::data
