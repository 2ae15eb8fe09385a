// Tests of batches of the host that are copied to the device one ahead.
#include "framework/train/device_source.hpp"

#include "tests/cuda/agreement.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_source)

namespace {

// Batches of two samples and a last one of one, all in the same memory.
class Counting : public train::BatchSource {
 public:
  explicit Counting(Device device = Device::cpu) : device_(device) {}
  std::int64_t samples() const override { return 7; }
  std::int64_t batches() const override { return 4; }
  void start_epoch(std::int64_t epoch) override {
    epoch_ = epoch;
    next_ = 0;
  }
  bool next(train::Batch& batch) override {
    if (next_ == 4) return false;
    const std::int64_t size = next_ == 3 ? 1 : 2;
    memory_.fill(static_cast<double>(100 * epoch_ + next_));
    ++next_;
    batch = {memory_.slice(0, size).to(device_),
             Tensor::full({size}, static_cast<double>(next_), DType::int64).to(device_)};
    return true;
  }

 private:
  Device device_;
  Tensor memory_ = Tensor::zeros({2, 1, 3, 3});
  std::int64_t epoch_ = 0;
  std::int64_t next_ = 0;
};

void check_epoch(train::DeviceSource& source, std::int64_t epoch) {
  source.start_epoch(epoch);
  train::Batch batch;
  for (std::int64_t i = 0; i < 4; ++i) {
    BOOST_REQUIRE(source.next(batch));
    BOOST_TEST((batch.inputs.device() == Device::cuda));
    const std::int64_t size = i == 3 ? 1 : 2;
    BOOST_TEST(batch.inputs.shape() == Shape({size, 1, 3, 3}));
    const std::vector<double> wanted(static_cast<std::size_t>(size * 9),
                                     static_cast<double>(100 * epoch + i));
    BOOST_TEST((batch.inputs.to_vector<double>() == wanted));
    BOOST_TEST(batch.targets.to_vector<std::int64_t>().back() == i + 1);
  }
  BOOST_TEST(!source.next(batch));
  BOOST_TEST(!source.next(batch));
}

// Batches of two inputs, numbers as the first target, none as the second.
class Several : public train::BatchSource {
 public:
  std::int64_t samples() const override { return 6; }
  std::int64_t batches() const override { return 3; }
  void start_epoch(std::int64_t) override { next_ = 0; }
  bool next(train::Batch& batch) override {
    if (next_ == 3) return false;
    const auto number = static_cast<double>(next_++);
    batch = {Tensor::full({2, 3}, number),
             Tensor::full({2, 1}, number, DType::float64),
             {Tensor::full({2}, -number)},
             {Tensor()}};
    return true;
  }

 private:
  std::int64_t next_ = 0;
};

BOOST_AUTO_TEST_CASE(all_tensors_of_a_batch_arrive) {
  if (no_device()) return;
  Several host;
  train::DeviceSource source(host, Device::cuda);
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    source.start_epoch(epoch);
    train::Batch batch;
    for (double i = 0; i < 3; ++i) {
      BOOST_REQUIRE(source.next(batch));
      for (const Tensor& tensor : train::tensors_of(batch)) {
        BOOST_TEST((tensor.device() == Device::cuda));
      }
      BOOST_TEST(batch.inputs.to_vector<double>()[5] == i);
      BOOST_TEST(batch.targets.to_vector<double>()[1] == i);
      BOOST_TEST(batch.more_inputs.at(0).to_vector<double>()[1] == -i);
      BOOST_TEST(!batch.more_targets.at(0).defined());
    }
    BOOST_TEST(!source.next(batch));
  }
}

BOOST_AUTO_TEST_CASE(batches_of_the_host_arrive_in_order) {
  if (no_device()) return;
  Counting host;
  train::DeviceSource source(host, Device::cuda);
  check_epoch(source, 1);
  check_epoch(source, 2);
}

BOOST_AUTO_TEST_CASE(an_epoch_may_begin_before_the_last_one_ended) {
  if (no_device()) return;
  Counting host;
  train::DeviceSource source(host, Device::cuda);
  source.start_epoch(1);
  train::Batch batch;
  BOOST_TEST(source.next(batch));
  check_epoch(source, 3);
}

BOOST_AUTO_TEST_CASE(batches_that_are_there_already_are_handed_through) {
  if (no_device()) return;
  Counting there(Device::cuda);
  train::DeviceSource source(there, Device::cuda);
  check_epoch(source, 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
