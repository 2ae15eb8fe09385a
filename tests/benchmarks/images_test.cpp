// Tests of how the benchmark finds its data sets.
#include "benchmarks/driver/images.hpp"

#include "framework/base/error.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/framework/support.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(benchmark_images)

namespace {

// credence_bench_test.cpp tests which data set is used where none is found.
BOOST_AUTO_TEST_CASE(the_files_of_a_folder_are_read) {
  const test::TemporaryFolder folder;
  test::write_small_mnist(folder, 30, 20);
  const Images images = find_images({.data_dir = folder.path()});
  BOOST_TEST(images.train.name == "mnist");
  BOOST_TEST(images.train.size() == 30);
  BOOST_TEST(images.test.size() == 20);
  BOOST_TEST(images.where == folder.path().string());
}

BOOST_AUTO_TEST_CASE(the_environment_says_where_files_are) {
  const test::TemporaryFolder folder;
  test::write_small_mnist(folder, 30, 20);
  const test::EnvironmentVariable data("CREDENCE_DATA", folder.path().c_str());
  const Images images = find_images({.dataset = "fashion-mnist"});
  BOOST_TEST(images.train.name == "fashion-mnist");
  BOOST_TEST(images.where == folder.path().string());
}

BOOST_AUTO_TEST_CASE(an_explicit_folder_without_files_is_an_error) {
  const test::TemporaryFolder folder;
  BOOST_CHECK_EXCEPTION(find_images({.data_dir = folder.path()}), FileError,
                        says(folder.path().string()));
}

BOOST_AUTO_TEST_CASE(half_of_a_data_set_is_an_error) {
  const test::TemporaryFolder folder;
  test::write_small_mnist(folder, 30, 20);
  std::filesystem::remove(folder.path() / "t10k-labels-idx1-ubyte");
  BOOST_CHECK_EXCEPTION(find_images({.data_dir = folder.path()}), FileError,
                        says("mnist test set"));
}

BOOST_AUTO_TEST_CASE(a_test_set_needs_no_training_images) {
  const test::TemporaryFolder folder;
  test::write_small_mnist(folder, 30, 20);
  std::filesystem::remove(folder.path() / "train-images-idx3-ubyte");
  BOOST_TEST(find_test_set("mnist", folder.path(), 1).size() == 20);
  const test::TemporaryFolder empty;
  BOOST_CHECK_THROW(find_test_set("mnist", empty.path(), 1), FileError);
}

BOOST_AUTO_TEST_CASE(held_out_images_are_training_images_that_are_not_trained_on) {
  const std::int64_t count = 30;
  // Image i has the pixel i and the label i mod 10.
  std::vector<std::uint8_t> pixels(count);
  std::vector<std::int64_t> labels(count);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint8_t>(i);
    labels[i] = static_cast<std::int64_t>(i) % 10;
  }
  RunSets sets;
  sets.train = {.name = "numbers",
                .inputs = Tensor::from({count, 1, 1, 1}, pixels),
                .targets = Tensor::from({count}, labels),
                .classes = 10};
  sets.test = {.name = "others",
               .inputs = Tensor::full({5, 1, 1, 1}, 99, DType::uint8),
               .targets = Tensor::zeros({5}, DType::int64),
               .classes = 10};
  const RunSets chosen = scored_on_held_out(sets, 12, 1);
  BOOST_TEST(chosen.train.size() == 18);
  BOOST_TEST(chosen.test.size() == 12);
  std::vector<std::uint8_t> seen;
  for (const data::Dataset* part : {&chosen.train, &chosen.test}) {
    for (std::int64_t i = 0; i < part->size(); ++i) {
      seen.push_back(part->inputs.data<std::uint8_t>()[i]);
      BOOST_TEST(part->targets.data<std::int64_t>()[i] == seen.back() % 10);
    }
  }
  std::sort(seen.begin(), seen.end());
  BOOST_TEST(seen == pixels);
  const RunSets other = scored_on_held_out(sets, 12, 2);
  BOOST_TEST(other.checksum != chosen.checksum);
  BOOST_CHECK_EXCEPTION(scored_on_held_out(sets, count, 1), ValueError,
                        says("--held-out: 30 images of 30 are too many"));
}

BOOST_AUTO_TEST_CASE(a_drawn_test_set_depends_on_the_seed) {
  const data::Dataset drawn = find_test_set("synthetic-digits", {}, 2);
  BOOST_TEST(drawn.size() == 10'000);
  BOOST_TEST(!same_bits(drawn.inputs, find_test_set("synthetic-digits", {}, 3).inputs));
}

BOOST_AUTO_TEST_CASE(pixels_become_floats_as_in_training) {
  const Tensor pixels = Tensor::from<std::uint8_t>({1, 2, 1, 2}, {0, 51, 102, 255});
  const auto near = boost::test_tools::tolerance(1e-6F);
  const auto plain = to_float(pixels).to_vector<float>();
  const auto normalised =
      to_float(pixels, data::Normalize{{0.2F, 0.4F}, {0.5F, 0.25F}}).to_vector<float>();
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(plain[i] == (std::vector{0.0F, 0.2F, 0.4F, 1.0F})[i], near);
    BOOST_TEST(1 + normalised[i] == 1 + (std::vector{-0.4F, 0.0F, 0.0F, 2.4F})[i], near);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::benchmarks
