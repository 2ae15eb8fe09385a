// Tests of batches that the loader makes on the device, against those that it makes on the host.
#include "data/loader.hpp"
#include "framework/base/error.hpp"
#include "tests/cuda/device.hpp"

#include <set>
#include <span>
#include <tuple>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(device_augmentation)

namespace {

// The tolerance for rotated pixels and noise, which are rounded differently.
constexpr double kTurned = 1e-6;
constexpr double kNoisy = 3e-6;

// Random bytes; sample i has the label i % 5.
Dataset random_bytes(const Shape& shape) {
  const RandomStream random = Generator(13).next();
  std::vector<std::uint8_t> pixels;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    pixels.push_back(static_cast<std::uint8_t>(random.bits(i) >> 24));
  }
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < shape[0]; ++i) labels.push_back(i % 5);
  return {"random bytes", Tensor::from(shape, pixels), Tensor::from({shape[0]}, labels), 5};
}

// Compares two epochs on the host and on the device.
void compare(const std::string& name, const Dataset& dataset, LoaderOptions options,
             double tolerance) {
  options.generator = Generator(21);
  Loader on_host(dataset, options);
  options.device = Device::cuda;
  Loader on_device(dataset, options);
  BOOST_TEST(on_device.samples() == on_host.samples());
  BOOST_TEST(on_device.batches() == on_host.batches());
  for (const std::int64_t epoch : {0, 1}) {
    on_host.start_epoch(epoch);
    on_device.start_epoch(epoch);
    train::Batch expected;
    train::Batch actual;
    while (on_host.next(expected)) {
      BOOST_TEST_REQUIRE(on_device.next(actual));
      BOOST_TEST((actual.inputs.device() == Device::cuda));
      BOOST_TEST((actual.targets.device() == Device::cuda));
      BOOST_TEST((actual.inputs.shape() == expected.inputs.shape()));
      BOOST_TEST(largest_difference(actual.targets, expected.targets) == 0);
      const double difference = largest_difference(actual.inputs, expected.inputs);
      BOOST_TEST(difference <= tolerance, name << ", epoch " << epoch << ": " << difference);
    }
    BOOST_TEST(!on_device.next(actual));
  }
}

// Sizes that do not fill a block of threads, and one that needs several blocks for a channel.
std::vector<Dataset> datasets() {
  return {random_bytes({11, 3, 9, 7}), random_bytes({5, 2, 40, 41})};
}

Normalize normalize(const Dataset& dataset) {
  const auto channels = static_cast<std::size_t>(dataset.inputs.shape()[1]);
  Normalize normalize;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    normalize.mean.push_back(0.25F + 0.125F * static_cast<float>(channel));
    normalize.std.push_back(0.3F + 0.1F * static_cast<float>(channel));
  }
  return normalize;
}

BOOST_AUTO_TEST_CASE(every_transform_alone_gives_the_hosts_batches) {
  if (no_device()) return;
  for (const Dataset& dataset : datasets()) {
    const std::vector<std::tuple<std::string, Transform, double>> transforms{
        {"none", {}, 0.0},
        {"normalize", {.normalize = normalize(dataset)}, 0.0},
        {"flip", {.horizontal_flip = HorizontalFlip{}}, 0.0},
        {"crop", {.random_crop = RandomCrop{3}}, 0.0},
        {"rotation", {.rotation = Rotation{-40.0, 60.0}}, kTurned},
        {"quarter turn", {.rotation = Rotation{90.0, 90.0}}, kTurned},
        {"no turn", {.rotation = Rotation{360.0, 360.0}}, 0.0},
        {"noise", {.noise = GaussianNoise{0.1F}}, kNoisy},
    };
    for (const auto& [name, transform, tolerance] : transforms) {
      compare(name, dataset, {.batch_size = 4, .shuffle = true, .transform = transform}, tolerance);
    }
  }
}

BOOST_AUTO_TEST_CASE(transforms_together_give_the_hosts_batches) {
  if (no_device()) return;
  for (const Dataset& dataset : datasets()) {
    Transform transform{.horizontal_flip = HorizontalFlip{0.3},
                        .random_crop = RandomCrop{2},
                        .normalize = normalize(dataset)};
    compare("flip and crop", dataset, {.batch_size = 3, .shuffle = true, .transform = transform},
            0.0);
    transform.rotation = Rotation{-180.0, 180.0};
    transform.noise = GaussianNoise{0.05F};
    compare("all", dataset, {.batch_size = 3, .shuffle = true, .transform = transform}, kNoisy);
  }
}

BOOST_AUTO_TEST_CASE(orders_and_sizes_of_batches_are_the_hosts) {
  if (no_device()) return;
  const Dataset dataset = random_bytes({11, 1, 5, 6});
  for (const std::int64_t batch_size : {1, 4, 11, 20}) {
    compare("in order", dataset, {.batch_size = batch_size}, 0.0);
  }
  compare("drop last", dataset, {.batch_size = 4, .shuffle = true, .drop_last = true}, 0.0);
  const std::vector<std::int64_t> indices{9, 2, 5, 2, 7};
  compare("indices", dataset, {.batch_size = 2, .indices = indices}, 0.0);
  compare("shuffled indices", dataset, {.batch_size = 2, .shuffle = true, .indices = indices}, 0.0);
  compare("workers", dataset, {.batch_size = 3, .shuffle = true, .workers = 2}, 0.0);
}

// Rows of 8, 4 and 1 bytes' multiples, as inputs and as targets.
BOOST_AUTO_TEST_CASE(data_that_are_no_images_give_the_hosts_batches) {
  if (no_device()) return;
  const Dataset bytes = random_bytes({13, 3});
  const Tensor rows = random_bytes({13, 5, 7}).inputs;
  for (const DType type : {DType::uint8, DType::float32, DType::float64, DType::int64}) {
    for (const Tensor& targets : {bytes.targets, rows.to(type), bytes.inputs.to(type)}) {
      const Dataset dataset{"numbers", bytes.inputs.to(type), targets};
      compare(to_string(type), dataset, {.batch_size = 4, .shuffle = true}, 0.0);
    }
  }
  Dataset regression = random_bytes({13, 1, 5, 6});
  regression.classes = 0;
  for (const DType type : {DType::float32, DType::float64}) {
    regression.targets = rows.to(type);
    compare("targets of images", regression,
            {.batch_size = 4, .shuffle = true, .transform = {.horizontal_flip = HorizontalFlip{}}},
            0.0);
  }
}

BOOST_AUTO_TEST_CASE(a_batch_of_more_images_than_blocks_is_the_hosts) {
  if (no_device()) return;
  const Dataset dataset = random_bytes({4099, 1, 1, 17});
  Loader on_host(dataset, {.batch_size = 5000, .transform = {.horizontal_flip = HorizontalFlip{}}});
  Loader on_device(dataset, {.batch_size = 5000,
                             .transform = {.horizontal_flip = HorizontalFlip{}},
                             .device = Device::cuda});
  on_host.start_epoch(0);
  on_device.start_epoch(0);
  train::Batch expected;
  train::Batch actual;
  BOOST_TEST_REQUIRE(on_host.next(expected));
  BOOST_TEST_REQUIRE(on_device.next(actual));
  BOOST_TEST(largest_difference(actual.targets, expected.targets) == 0);
  BOOST_TEST(largest_difference(actual.inputs, expected.inputs) == 0);
}

BOOST_AUTO_TEST_CASE(two_batches_of_memory_serve_every_epoch) {
  if (no_device()) return;
  Loader loader(random_bytes({10, 1, 5, 6}), {.batch_size = 2, .device = Device::cuda});
  std::vector<std::vector<const float*>> places(2);
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    loader.start_epoch(static_cast<std::int64_t>(epoch));
    for (train::Batch batch; loader.next(batch);) {
      places[epoch].push_back(batch.inputs.data<float>());
    }
  }
  BOOST_TEST((places[0] == places[1]));
  BOOST_TEST((std::set(places[0].begin(), places[0].end()).size() == 2U));
  BOOST_TEST(places[0][0] == places[0][2]);
}

BOOST_AUTO_TEST_CASE(a_batch_that_the_caller_keeps_is_not_overwritten) {
  if (no_device()) return;
  const Dataset dataset = random_bytes({12, 1, 4, 4});
  Loader loader(dataset, {.batch_size = 2, .device = Device::cuda});
  std::vector<train::Batch> kept;
  loader.start_epoch(0);
  for (train::Batch batch; loader.next(batch);) kept.push_back(batch);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto first = dataset.inputs.data<std::uint8_t>()[i * 2 * 16];
    BOOST_TEST(kept[i].inputs.to_vector<float>()[0] ==
               static_cast<float>(static_cast<double>(first) / 255.0));
  }
}

BOOST_AUTO_TEST_CASE(a_data_set_on_the_device_is_shared) {
  if (no_device()) return;
  const Dataset dataset = random_bytes({6, 1, 4, 4});
  const Loader training(dataset, {.batch_size = 2, .device = Device::cuda});
  const Loader validation(training.dataset(), {.batch_size = 3, .device = Device::cuda});
  BOOST_TEST((training.dataset().inputs.device() == Device::cuda));
  BOOST_TEST(validation.dataset().inputs.shares_storage_with(training.dataset().inputs));
  BOOST_TEST((class_histogram(training.dataset()) == class_histogram(dataset)));
  const std::vector<std::int64_t> indices{4, 1};
  BOOST_TEST(largest_difference(subset(training.dataset(), indices).inputs,
                                subset(dataset, indices).inputs) == 0);
  const Loader on_host(training.dataset(), {.batch_size = 2});
  BOOST_TEST((on_host.dataset().inputs.device() == Device::cpu));
  BOOST_TEST(largest_difference(on_host.dataset().inputs, dataset.inputs) == 0);
}

BOOST_AUTO_TEST_CASE(a_custom_step_is_refused) {
  if (no_device()) return;
  const Transform transform{.custom = [](std::span<float>, const RandomStream&) {}};
  BOOST_CHECK_THROW(
      Loader(random_bytes({4, 1, 2, 2}), {.transform = transform, .device = Device::cuda}),
      ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
