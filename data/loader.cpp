// The loader's ring of batches: workers fill it on the host, a kernel on a device.
#include "data/loader.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace credence::data {
namespace {

LoaderOptions validated(LoaderOptions options) {
  if (options.batch_size < 1) {
    throw ValueError(
        fmt::format("[loader] batch size {}, expected at least 1", options.batch_size));
  }
  if (options.workers < 0) {
    throw ValueError(fmt::format("[loader] {} workers, expected at least 0", options.workers));
  }
  if (options.device != Device::cpu && options.transform.custom) {
    throw ValueError(fmt::format("[loader] device {} cannot run a custom step, which is host code",
                                 to_string(options.device)));
  }
  return options;
}

Dataset validated(Dataset dataset, Device device) {
  validate(dataset);
  dataset.inputs = dataset.inputs.to(device);
  dataset.targets = dataset.targets.to(device);
  return dataset;
}

std::optional<SampleTransform> image_transform(const Transform& transform, const Dataset& dataset) {
  const Shape& shape = dataset.inputs.shape();
  if (dataset.has_images()) return SampleTransform(transform, {shape[1], shape[2], shape[3]});
  if (transform.empty()) return {};
  throw ValueError(fmt::format(
      "[loader] the inputs of {} are {} {}; only images, uint8 [N, C, H, W], can be transformed",
      dataset.name, to_string(dataset.inputs.dtype()), shape.to_string()));
}

// The rows of a tensor, as bytes.
struct Rows {
  explicit Rows(const Tensor& tensor)
      : first(reinterpret_cast<std::uint8_t*>(tensor.raw_data())),
        bytes(tensor.shape().numel_from(1) * static_cast<std::int64_t>(size_of(tensor.dtype()))) {}
  std::uint8_t* at(std::int64_t row) const { return first + row * bytes; }

  std::uint8_t* first;
  std::int64_t bytes;
};

void copy_row(const Rows& from, std::int64_t row, const Rows& to, std::int64_t target) {
  std::memcpy(to.at(target), from.at(row), static_cast<std::size_t>(from.bytes));
}

// In a shuffled order the processor cannot predict which sample comes next.
void prefetch(const std::uint8_t* bytes, std::int64_t count) {
  constexpr std::int64_t kCacheLine = 64;
  for (std::int64_t byte = 0; byte < count; byte += kCacheLine) __builtin_prefetch(bytes + byte);
}

}  // namespace

Loader::Loader(Dataset dataset, LoaderOptions options)
    : options_(validated(std::move(options))),
      dataset_(validated(std::move(dataset), options_.device)),
      transform_(image_transform(options_.transform, dataset_)) {
  const Device device = options_.device;
  const std::int64_t batch_size = options_.batch_size;
  if (options_.indices) require_indices(*options_.indices, dataset_.size());
  order_.resize(options_.indices ? options_.indices->size()
                                 : static_cast<std::size_t>(dataset_.size()));
  const auto count = static_cast<std::int64_t>(order_.size());
  batches_ = options_.drop_last ? count / batch_size : (count + batch_size - 1) / batch_size;
  if (batches_ == 0) {
    throw ValueError(fmt::format("[loader] {} of {} cannot fill a batch of {}",
                                 counted(count, "sample"), dataset_.name, batch_size));
  }
  if (device != Device::cpu) {
    on_device_ = {.order = Tensor::empty({count}, DType::int64, device)};
    if (transform_) {
      const Tensor& noise_deviation = transform_->noise_deviation();
      on_device_->levels = transform_->levels().to(device);
      if (noise_deviation.defined()) on_device_->noise_deviation = noise_deviation.to(device);
    }
  }
  // The caller has one batch, one waits, and each worker fills one. On a device there are only the
  // first two.
  const int workers = on_device_ ? 0 : options_.workers;
  const std::int64_t slots = on_device_ ? 2 : workers == 0 ? 1 : workers + 2;
  slots_.resize(static_cast<std::size_t>(std::min(slots, batches_)));
  const std::int64_t slot_samples = std::min(batch_size, count);
  const DType input_type = transform_ ? DType::float32 : dataset_.inputs.dtype();
  for (Slot& slot : slots_) {
    slot.memory = {Tensor::empty(dataset_.inputs.shape().with(0, slot_samples), input_type, device),
                   Tensor::empty(dataset_.targets.shape().with(0, slot_samples),
                                 dataset_.targets.dtype(), device)};
  }
  next_to_fill_ = batches_;  // no work before start_epoch
  next_to_hand_out_ = batches_;
  workers_.reserve(static_cast<std::size_t>(workers));
  for (int i = 0; i < workers; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

Loader::~Loader() {
  for (std::jthread& worker : workers_) worker.request_stop();
}

std::int64_t Loader::samples() const {
  const auto count = static_cast<std::int64_t>(order_.size());
  return options_.drop_last ? batches_ * options_.batch_size : count;
}

std::int64_t Loader::samples_in(std::int64_t batch) const {
  const std::int64_t first = batch * options_.batch_size;
  return std::min(options_.batch_size, static_cast<std::int64_t>(order_.size()) - first);
}

void Loader::start_epoch(std::int64_t epoch) {
  std::unique_lock lock(mutex_);
  next_to_fill_ = batches_;  // stops the workers
  batch_ready_.wait(lock, [&] { return busy_workers_ == 0; });
  share_ = next_share_;

  if (options_.indices) {
    order_ = *options_.indices;
  } else {
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
  }
  const auto number = static_cast<std::uint64_t>(epoch);
  if (options_.shuffle) shuffle(order_, options_.generator.split("order").split(number).next());
  random_key_ = options_.generator.split("transform").split(number).key();
  if (on_device_) {
    on_device_->order.copy_from(Tensor::from(on_device_->order.shape(), order_));
  }

  for (Slot& slot : slots_) {
    renew_if_shared(slot);
    slot.ready = false;
    slot.failure = nullptr;
  }
  next_to_fill_ = 0;
  next_to_hand_out_ = 0;
  released_ = 0;
  started_ = true;
  work_available_.notify_all();
}

bool Loader::take_share(const BatchShare& share) {
  next_share_ = share;
  return true;
}

bool Loader::next(train::Batch& batch) {
  batch = {};
  std::unique_lock lock(mutex_);
  if (!started_) throw Error("[loader] next() was called before start_epoch()");
  if (released_ < next_to_hand_out_) {
    renew_if_shared(slot_of(released_++));
    work_available_.notify_one();
  }
  if (next_to_hand_out_ == batches_) return false;
  const std::int64_t number = next_to_hand_out_;
  Slot& slot = slot_of(number);
  if (workers_.empty()) {
    fill(slot, number);
  } else {
    batch_ready_.wait(lock, [&] { return slot.ready; });
    if (slot.failure) std::rethrow_exception(slot.failure);
    slot.ready = false;
  }
  const std::int64_t count = rows_in(number).count;
  batch = {slot.memory.inputs.slice(0, count), slot.memory.targets.slice(0, count)};
  if (!share_.whole()) batch.whole_samples = samples_in(number);
  ++next_to_hand_out_;
  return true;
}

void Loader::work(const std::stop_token& stop) {
  const auto slots = static_cast<std::int64_t>(slots_.size());
  const auto has_work = [&] {
    return next_to_fill_ < batches_ && next_to_fill_ < released_ + slots;
  };
  std::unique_lock lock(mutex_);
  while (work_available_.wait(lock, stop, has_work) && !stop.stop_requested()) {
    const std::int64_t number = next_to_fill_++;
    Slot& slot = slot_of(number);
    ++busy_workers_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      fill(slot, number);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    slot.failure = std::move(failure);
    slot.ready = true;
    --busy_workers_;
    batch_ready_.notify_one();
  }
}

// This runs on the caller's thread, which usually drops a batch's handles. A worker could not rely
// on the count of handles.
void Loader::renew_if_shared(Slot& slot) {
  if (!slot.memory.inputs.unique()) slot.memory.inputs = Tensor::empty_like(slot.memory.inputs);
  if (!slot.memory.targets.unique()) slot.memory.targets = Tensor::empty_like(slot.memory.targets);
}

void Loader::fill(Slot& slot, std::int64_t batch) {
  if (on_device_) {
    fill_on_device(slot, batch);
  } else {
    fill_on_host(slot, batch);
  }
}

void Loader::fill_on_device(Slot& slot, std::int64_t batch) {
  const auto& [levels, noise_deviation, order] = *on_device_;
  const Kernels<float>& table = kernels<float>(options_.device);
  const BatchRows rows_here = rows_in(batch);
  const std::int64_t count = rows_here.count;
  const std::int64_t* const samples =
      order.data<std::int64_t>() + batch * options_.batch_size + rows_here.first;
  const auto gather = [&](const Tensor& from, const Tensor& to) {
    const Rows rows(from);
    table.gather_rows(count, rows.bytes, rows.first, samples, Rows(to).first);
  };
  // The kernel of images copies class labels too.
  const bool labelled_images = transform_ && dataset_.classes > 0;
  if (!labelled_images) gather(dataset_.targets, slot.memory.targets);
  if (!transform_) {
    gather(dataset_.inputs, slot.memory.inputs);
    return;
  }
  table.augment_images(
      transform_->augmentation(), random_key_, count, dataset_.inputs.data<std::uint8_t>(),
      labelled_images ? dataset_.targets.data<std::int64_t>() : nullptr, samples,
      levels.data<float>(), noise_deviation.defined() ? noise_deviation.data<float>() : nullptr,
      slot.memory.inputs.data<float>(),
      labelled_images ? slot.memory.targets.data<std::int64_t>() : nullptr);
}

void Loader::fill_on_host(Slot& slot, std::int64_t batch) {
  const BatchRows rows_here = rows_in(batch);
  const std::int64_t count = rows_here.count;
  const Rows inputs(dataset_.inputs);
  const Rows targets(dataset_.targets);
  const Rows batch_inputs(slot.memory.inputs);
  const Rows batch_targets(slot.memory.targets);
  const std::int64_t values = dataset_.inputs.shape().numel_from(1);
  float* const images = transform_ ? slot.memory.inputs.data<float>() : nullptr;
  const std::int64_t* order = order_.data() + batch * options_.batch_size + rows_here.first;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t sample = order[i];
    if (i + 1 < count) prefetch(inputs.at(order[i + 1]), inputs.bytes);
    copy_row(targets, sample, batch_targets, i);
    if (transform_) {
      transform_->apply(inputs.at(sample), images + i * values,
                        RandomStream{random_key_, static_cast<std::uint64_t>(sample)});
    } else {
      copy_row(inputs, sample, batch_inputs, i);
    }
  }
}

}  // namespace credence::data
