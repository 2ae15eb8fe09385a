// Tests of synthetic digits: form, determinism, and how hard the classes are to tell apart.
#include "data/synthetic_digits.hpp"

#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_synthetic_digits)

namespace {

std::vector<std::uint8_t> pixels(const Dataset& dataset) {
  return dataset.inputs.to_vector<std::uint8_t>();
}

BOOST_AUTO_TEST_CASE(shape_name_and_balance) {
  const Dataset digits = synthetic_digits(1000, Generator(1), Split::train);
  BOOST_TEST(digits.name == "synthetic-digits");
  BOOST_TEST(digits.inputs.shape().to_string() == "[1000, 1, 28, 28]");
  for (const std::int64_t count : class_histogram(digits)) BOOST_TEST(count == 100);
  const auto labels = digits.targets.to_vector<std::int64_t>();
  BOOST_TEST(!std::equal(labels.begin(), labels.begin() + 10, labels.begin() + 10));
}

BOOST_AUTO_TEST_CASE(same_seed_same_bits_other_seed_or_split_other_bits) {
  const auto reference = pixels(synthetic_digits(50, Generator(1), Split::train));
  BOOST_TEST((pixels(synthetic_digits(50, Generator(1), Split::train)) == reference));
  BOOST_TEST((pixels(synthetic_digits(50, Generator(2), Split::train)) != reference));
  BOOST_TEST((pixels(synthetic_digits(50, Generator(1), Split::test)) != reference));
}

BOOST_AUTO_TEST_CASE(a_longer_set_begins_with_the_shorter) {
  const Dataset longer = synthetic_digits(257, Generator(4), Split::test);
  const Dataset shorter = synthetic_digits(43, Generator(4), Split::test);
  BOOST_TEST((pixels(shorter) == longer.inputs.slice(0, 43).to_vector<std::uint8_t>()));
  BOOST_TEST((shorter.targets.to_vector<std::int64_t>() ==
              longer.targets.slice(0, 43).to_vector<std::int64_t>()));
}

BOOST_AUTO_TEST_CASE(threads_do_not_matter) {
  const int before = num_threads();
  set_num_threads(1);
  const auto one = pixels(synthetic_digits(500, Generator(5), Split::train));
  set_num_threads(3);
  const auto three = pixels(synthetic_digits(500, Generator(5), Split::train));
  set_num_threads(before);
  BOOST_TEST((one == three));
}

BOOST_AUTO_TEST_CASE(every_image_has_ink_inside_and_a_dark_border) {
  const Dataset digits = synthetic_digits(2000, Generator(6), Split::train);
  const auto* image = digits.inputs.data<std::uint8_t>();
  double border_ink = 0.0;
  for (std::int64_t i = 0; i < digits.size(); ++i, image += 784) {
    // The smallest digit is a stroke 15 pixels long and one wide.
    BOOST_TEST(std::count_if(image, image + 784, [](std::uint8_t p) { return p > 90; }) >= 15);
    for (int column = 0; column < 28; ++column)
      border_ink += image[column] + image[27 * 28 + column];
  }
  BOOST_TEST(border_ink / (2000.0 * 56.0) < 10.0);
}

BOOST_AUTO_TEST_CASE(nearest_class_mean_tells_digits_apart_but_not_all) {
  // A linear rule is far better than chance (0.1) but does not solve the set.
  const Dataset train = synthetic_digits(4000, Generator(7), Split::train);
  const Dataset test = synthetic_digits(1000, Generator(7), Split::test);
  std::vector<double> means(10 * 784);
  const auto* train_pixels = train.inputs.data<std::uint8_t>();
  for (std::int64_t i = 0; i < train.size(); ++i) {
    const auto label = train.targets.data<std::int64_t>()[i];
    for (std::int64_t p = 0; p < 784; ++p) {
      means[static_cast<std::size_t>(label * 784 + p)] += train_pixels[i * 784 + p] / 400.0;
    }
  }
  int right = 0;
  const auto* test_pixels = test.inputs.data<std::uint8_t>();
  for (std::int64_t i = 0; i < test.size(); ++i) {
    std::vector<double> distances(10);
    for (std::size_t k = 0; k < 10; ++k) {
      for (std::size_t p = 0; p < 784; ++p) {
        const double gap = test_pixels[static_cast<std::size_t>(i) * 784 + p] - means[k * 784 + p];
        distances[k] += gap * gap;
      }
    }
    const auto nearest = std::min_element(distances.begin(), distances.end()) - distances.begin();
    right += nearest == test.targets.data<std::int64_t>()[i] ? 1 : 0;
  }
  BOOST_TEST_MESSAGE("nearest class mean: " << right << " of 1000");
  BOOST_TEST(right > 550);
  BOOST_TEST(right < 950);
}

BOOST_AUTO_TEST_CASE(none_and_fewer_than_none) {
  BOOST_TEST(synthetic_digits(0, Generator(1), Split::train).size() == 0);
  BOOST_CHECK_THROW(synthetic_digits(-1, Generator(1), Split::train), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
