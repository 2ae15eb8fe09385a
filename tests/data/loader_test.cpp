// Tests of the loader: order, workers, reuse of memory, and errors.
#include "data/loader.hpp"

#include "data/arrays.hpp"
#include "framework/base/error.hpp"
#include "framework/device/backend.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_loader)

namespace {

// Sample i is a 2 x 3 image of the byte i, with the label i % 4.
Dataset numbered(std::int64_t count) {
  std::vector<std::uint8_t> pixels;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    pixels.insert(pixels.end(), 6, static_cast<std::uint8_t>(i));
    labels.push_back(i % 4);
  }
  return {"numbered", Tensor::from({count, 1, 2, 3}, pixels), Tensor::from({count}, labels), 4};
}

struct Epoch {
  std::vector<float> pixels;
  std::vector<std::int64_t> labels;
  std::vector<std::int64_t> batch_sizes;

  bool operator==(const Epoch&) const = default;

  // The numbers of the samples in the order of the batches, from their first pixels.
  std::vector<std::int64_t> samples() const {
    std::vector<std::int64_t> numbers;
    for (std::size_t i = 0; i < pixels.size(); i += 6)
      numbers.push_back(std::lround(pixels[i] * 255.0F));
    return numbers;
  }
};

Epoch collect(Loader& loader, std::int64_t epoch) {
  Epoch result;
  loader.start_epoch(epoch);
  train::Batch batch;
  while (loader.next(batch)) {
    const auto pixels = batch.inputs.to_vector<float>();
    const auto labels = batch.targets.to_vector<std::int64_t>();
    BOOST_TEST(batch.inputs.shape()[0] == batch.targets.shape()[0]);
    result.pixels.insert(result.pixels.end(), pixels.begin(), pixels.end());
    result.labels.insert(result.labels.end(), labels.begin(), labels.end());
    result.batch_sizes.push_back(batch.targets.numel());
  }
  BOOST_TEST(!loader.next(batch));
  return result;
}

std::vector<std::int64_t> ascending(std::int64_t count) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), std::int64_t{0});
  return values;
}

BOOST_AUTO_TEST_CASE(each_sample_once_per_epoch) {
  constexpr std::int64_t kCount = 101;
  for (const int workers : {0, 1, 2, 3}) {
    for (const std::int64_t batch_size : {1, 7, 32, 101, 500}) {
      Loader loader(numbered(kCount),
                    {.batch_size = batch_size, .shuffle = true, .workers = workers});
      BOOST_TEST(loader.samples() == kCount);
      for (const std::int64_t epoch : {0, 1}) {
        const Epoch result = collect(loader, epoch);
        auto samples = result.samples();
        for (std::size_t i = 0; i < samples.size(); ++i)
          BOOST_REQUIRE(result.labels[i] == samples[i] % 4);
        std::sort(samples.begin(), samples.end());
        BOOST_TEST((samples == ascending(kCount)));
        BOOST_TEST(static_cast<std::int64_t>(result.batch_sizes.size()) == loader.batches());
        for (std::size_t i = 0; i + 1 < result.batch_sizes.size(); ++i) {
          BOOST_TEST(result.batch_sizes[i] == batch_size);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_same_bits_for_any_number_of_workers) {
  const auto run = [](int workers) {
    Loader loader(numbered(97), {.batch_size = 8,
                                 .shuffle = true,
                                 .generator = Generator(11),
                                 .workers = workers,
                                 .transform = {.random_crop = RandomCrop{1},
                                               .normalize = Normalize{{0.1F}, {0.3F}}}});
    return std::vector<Epoch>{collect(loader, 3), collect(loader, 0)};
  };
  const auto reference = run(0);
  BOOST_TEST((reference[0] != reference[1]));
  for (const int workers : {1, 2, 3}) BOOST_TEST((run(workers) == reference));
}

BOOST_AUTO_TEST_CASE(order_follows_seed_and_epoch_alone) {
  const auto order = [](std::uint64_t seed, std::int64_t epoch) {
    Loader loader(numbered(60), {.batch_size = 16, .shuffle = true, .generator = Generator(seed)});
    return collect(loader, epoch).samples();
  };
  BOOST_TEST((order(1, 0) == order(1, 0)));
  BOOST_TEST((order(1, 0) != order(1, 1)));
  BOOST_TEST((order(1, 0) != order(2, 0)));
  Loader loader(numbered(60), {.batch_size = 9, .shuffle = true, .generator = Generator(1)});
  collect(loader, 0);
  BOOST_TEST((collect(loader, 1).samples() == order(1, 1)));
  Loader in_order(numbered(60), {.batch_size = 16});
  BOOST_TEST((collect(in_order, 5).samples() == ascending(60)));
}

BOOST_AUTO_TEST_CASE(index_lists_and_drop_last) {
  const std::vector<std::int64_t> indices{9, 2, 5, 2, 7};
  Loader chosen(numbered(10), {.batch_size = 2, .workers = 1, .indices = indices});
  BOOST_TEST((collect(chosen, 0).samples() == indices));
  BOOST_TEST(chosen.samples() == 5);
  Loader dropping(numbered(10), {.batch_size = 4, .drop_last = true});
  BOOST_TEST(dropping.samples() == 8);
  BOOST_TEST(dropping.batches() == 2);
  BOOST_TEST((collect(dropping, 0).samples() == ascending(8)));
}

// Sample i has the input i, i + 0.5 and the target −i, in any element types.
Dataset curve(std::int64_t count, DType inputs, DType targets) {
  std::vector<double> x;
  std::vector<double> y;
  for (std::int64_t i = 0; i < count; ++i) {
    x.insert(x.end(), {static_cast<double>(i), static_cast<double>(i) + 0.5});
    y.push_back(100.0 - static_cast<double>(i));
  }
  return arrays(Tensor::from({count, 2}, x).to(inputs), Tensor::from({count, 1}, y).to(targets));
}

BOOST_AUTO_TEST_CASE(arrays_of_any_type_are_shuffled_split_and_batched_like_images) {
  constexpr std::int64_t kCount = 23;
  const std::vector<std::int64_t> half{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21};
  for (const DType inputs : {DType::float32, DType::float64, DType::int64, DType::uint8}) {
    for (const DType targets : {DType::float32, DType::float64, DType::int64, DType::uint8}) {
      for (const int workers : {0, 2}) {
        Loader loader(curve(kCount, inputs, targets), {.batch_size = 4,
                                                       .shuffle = true,
                                                       .generator = Generator(5),
                                                       .workers = workers,
                                                       .indices = half});
        // The order is that of images with the same generator.
        Loader images(
            numbered(kCount),
            {.batch_size = 4, .shuffle = true, .generator = Generator(5), .indices = half});
        const std::vector<std::int64_t> order = collect(images, 1).samples();
        std::vector<std::int64_t> seen;
        loader.start_epoch(1);
        for (train::Batch batch; loader.next(batch);) {
          BOOST_TEST((batch.inputs.dtype() == inputs && batch.targets.dtype() == targets));
          BOOST_TEST((batch.inputs.shape() == Shape{batch.samples(), 2}));
          BOOST_TEST((batch.targets.shape() == Shape{batch.samples(), 1}));
          const std::vector<double> x = batch.inputs.to_vector<double>();
          const std::vector<double> y = batch.targets.to_vector<double>();
          for (std::size_t i = 0; i < y.size(); ++i) {
            seen.push_back(static_cast<std::int64_t>(x[2 * i]));
            BOOST_TEST(y[i] == 100.0 - x[2 * i]);
          }
        }
        BOOST_TEST((seen == order));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(images_may_have_numbers_as_targets) {
  Dataset dataset = numbered(10);
  dataset.classes = 0;
  dataset.targets = Tensor::from<float>({10, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  Loader loader(dataset, {.batch_size = 3, .shuffle = true, .generator = Generator(2)});
  loader.start_epoch(0);
  for (train::Batch batch; loader.next(batch);) {
    BOOST_TEST((batch.inputs.dtype() == DType::float32));
    const auto pixels = batch.inputs.to_vector<float>();
    const auto targets = batch.targets.to_vector<float>();
    for (std::size_t i = 0; i < targets.size(); ++i) {
      BOOST_TEST(pixels[6 * i] == targets[i] / 255.0F);
    }
  }
}

BOOST_AUTO_TEST_CASE(only_images_are_transformed) {
  const Transform flip{.horizontal_flip = HorizontalFlip{}};
  BOOST_TEST(Transform{}.empty());
  BOOST_TEST(!flip.empty());
  BOOST_CHECK_EXCEPTION(
      Loader(curve(4, DType::float32, DType::float32), {.transform = flip}), ValueError,
      [](const ValueError& error) {
        return std::string(error.what()) ==
               "[loader] the inputs of arrays are float32 [4, 2]; only images, uint8 [N, C, H, W], "
               "can be transformed";
      });
}

BOOST_AUTO_TEST_CASE(augmentation_is_keyed_by_sample_not_by_place) {
  const Transform transform{.custom = [](std::span<float> pixels, const RandomStream& random) {
    pixels[1] = static_cast<float>(random.uniform(0));
  }};
  const auto drawn = [&](bool shuffle, std::int64_t epoch) {
    Loader loader(numbered(40), {.batch_size = 8, .shuffle = shuffle, .transform = transform});
    const Epoch result = collect(loader, epoch);
    std::vector<float> by_sample(40);
    const auto samples = result.samples();
    for (std::size_t i = 0; i < 40; ++i)
      by_sample[static_cast<std::size_t>(samples[i])] = result.pixels[6 * i + 1];
    return by_sample;
  };
  BOOST_TEST((drawn(true, 0) == drawn(false, 0)));
  BOOST_TEST((drawn(true, 0) != drawn(true, 1)));
}

BOOST_AUTO_TEST_CASE(every_transform_gives_the_same_bits_with_any_number_of_workers) {
  const Transform transform{.rotation = Rotation{-20.0, 20.0},
                            .horizontal_flip = HorizontalFlip{},
                            .random_crop = RandomCrop{1},
                            .noise = GaussianNoise{0.1F},
                            .normalize = Normalize{{0.5F}, {0.25F}}};
  const auto epoch_with = [&](int workers, std::int64_t batch_size) {
    Loader loader(numbered(50), {.batch_size = batch_size,
                                 .shuffle = true,
                                 .generator = Generator(5),
                                 .workers = workers,
                                 .transform = transform});
    return collect(loader, 3).pixels;
  };
  const auto alone = epoch_with(0, 8);
  for (const int workers : {1, 2, 3}) BOOST_TEST((epoch_with(workers, 8) == alone));
  BOOST_TEST((epoch_with(2, 7) == alone));
}

BOOST_AUTO_TEST_CASE(start_epoch_and_destruction_in_the_middle) {
  for (const int workers : {0, 1, 3}) {
    for (std::int64_t taken = 0; taken < 6; ++taken) {
      Loader loader(numbered(64), {.batch_size = 4, .shuffle = true, .workers = workers});
      loader.start_epoch(0);
      train::Batch batch;
      for (std::int64_t i = 0; i < taken; ++i) BOOST_REQUIRE(loader.next(batch));
      BOOST_TEST(collect(loader, 1).labels.size() == 64U);
      loader.start_epoch(2);
      for (std::int64_t i = 0; i < taken; ++i) BOOST_REQUIRE(loader.next(batch));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_batch_that_the_caller_keeps_is_not_overwritten) {
  for (const int workers : {0, 2}) {
    Loader loader(numbered(60), {.batch_size = 5, .workers = workers});
    std::vector<train::Batch> kept;
    for (const std::int64_t epoch : {0, 1}) {
      loader.start_epoch(epoch);
      train::Batch batch;
      while (loader.next(batch)) kept.push_back(batch);
    }
    BOOST_REQUIRE(kept.size() == 24U);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const auto expected = static_cast<float>(static_cast<double>(i % 12 * 5) / 255.0);
      BOOST_TEST(kept[i].inputs.data<float>()[0] == expected);
      BOOST_TEST(kept[i].targets.data<std::int64_t>()[0] ==
                 static_cast<std::int64_t>(i % 12 * 5 % 4));
    }
  }
}

BOOST_AUTO_TEST_CASE(memory_is_reused_when_batches_are_given_back) {
  Loader loader(numbered(60), {.batch_size = 5, .workers = 2});
  std::vector<const float*> places;
  loader.start_epoch(0);
  train::Batch batch;
  while (loader.next(batch)) places.push_back(batch.inputs.data<float>());
  std::sort(places.begin(), places.end());
  const auto distinct = std::unique(places.begin(), places.end()) - places.begin();
  BOOST_TEST(distinct == 4);
}

BOOST_AUTO_TEST_CASE(what_a_worker_throws_comes_out_of_next) {
  for (const int workers : {0, 1, 3}) {
    std::atomic<bool> broken{true};
    const Transform transform{.custom = [&](std::span<float> pixels, const RandomStream&) {
      if (broken && std::lround(pixels[0] * 255.0F) == 17)
        throw std::runtime_error("sample 17 is broken");
    }};
    Loader loader(numbered(40), {.batch_size = 4, .workers = workers, .transform = transform});
    loader.start_epoch(0);
    train::Batch batch;
    for (int i = 0; i < 4; ++i) BOOST_REQUIRE(loader.next(batch));
    BOOST_CHECK_THROW(loader.next(batch), std::runtime_error);
    BOOST_CHECK_THROW(loader.next(batch), std::runtime_error);
    broken = false;
    BOOST_TEST((collect(loader, 1).samples() == ascending(40)));
  }
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
  const auto make = [](LoaderOptions options) { Loader(numbered(10), std::move(options)); };
  BOOST_CHECK_THROW(make({.batch_size = 0}), ValueError);
  BOOST_CHECK_THROW(make({.workers = -1}), ValueError);
  BOOST_CHECK_THROW(make({.indices = std::vector<std::int64_t>{10}}), ValueError);
  BOOST_CHECK_THROW(make({.indices = std::vector<std::int64_t>{}}), ValueError);
  BOOST_CHECK_THROW(make({.batch_size = 11, .drop_last = true}), ValueError);
  Loader loader(numbered(10), {});
  train::Batch batch;
  BOOST_CHECK_THROW(loader.next(batch), Error);
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_there_is_refused) {
  if (device::availability().usable) return;
  BOOST_CHECK_THROW(Loader(numbered(10), {.device = Device::cuda}), Error);
  const Transform transform{.custom = [](std::span<float>, const RandomStream&) {}};
  BOOST_CHECK_THROW(Loader(numbered(10), {.transform = transform, .device = Device::cuda}),
                    ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
