#include "data/transform.hpp"

#include "framework/core/error.hpp"

#include <numeric>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {
namespace {

std::vector<float> apply(const Transform& transform, const Shape& shape,
                         const std::vector<std::uint8_t>& image, const RandomStream& random = {}) {
  std::vector<float> result(image.size(), -1.0F);
  SampleTransform(transform, shape).apply(image.data(), result.data(), random);
  return result;
}

BOOST_AUTO_TEST_SUITE(data_transform)

BOOST_AUTO_TEST_CASE(by_default_bytes_become_zero_to_one) {
  std::vector<std::uint8_t> image(256);
  std::iota(image.begin(), image.end(), std::uint8_t{0});
  const auto result = apply({}, {1, 16, 16}, image);
  for (std::size_t i = 0; i < 256; ++i) {
    BOOST_TEST(result[i] == static_cast<float>(static_cast<double>(i) / 255.0));
  }
}

BOOST_AUTO_TEST_CASE(normalize_works_per_channel) {
  const auto result =
      apply({.normalize = Normalize{{0.5F, 0.2F}, {0.25F, 2.0F}}}, {2, 1, 2}, {0, 255, 0, 255});
  const std::vector<float> expected{-2.0F, 2.0F, -0.1F, 0.4F};
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(result[i] == expected[i], boost::test_tools::tolerance(1e-6F));
  }
}

BOOST_AUTO_TEST_CASE(random_crop_is_a_shift_with_zeros) {
  // 3 x 4 image with distinct pixels in two channels; every result must be one of the 9 shifts.
  std::vector<std::uint8_t> image(24);
  std::iota(image.begin(), image.end(), std::uint8_t{1});
  const Transform transform{.random_crop = RandomCrop{1},
                            .normalize = Normalize{{0.5F, 0.5F}, {1.0F, 1.0F}}};
  std::set<std::pair<int, int>> seen;
  for (std::uint64_t sample = 0; sample < 200; ++sample) {
    const auto result = apply(transform, {2, 3, 4}, image, {9, sample});
    int matches = 0;
    for (int down = -1; down <= 1; ++down) {
      for (int right = -1; right <= 1; ++right) {
        bool same = true;
        for (int i = 0; i < 24; ++i) {
          const int row = i / 4 % 3 - down;
          const int column = i % 4 - right;
          const bool inside = row >= 0 && row < 3 && column >= 0 && column < 4;
          const int pixel =
              inside ? image[static_cast<std::size_t>(i / 12 * 12 + row * 4 + column)] : 0;
          const auto expected = static_cast<float>(pixel / 255.0 - 0.5);
          same = same && result[static_cast<std::size_t>(i)] == expected;
        }
        if (same) {
          ++matches;
          seen.emplace(down, right);
        }
      }
    }
    BOOST_TEST(matches == 1);
    BOOST_TEST((apply(transform, {2, 3, 4}, image, {9, sample}) == result));
  }
  BOOST_TEST(seen.size() == 9U);
}

BOOST_AUTO_TEST_CASE(a_custom_step_comes_last_with_its_own_randomness) {
  const RandomStream random{5, 6};
  std::vector<std::uint32_t> bits;
  const Transform transform{.custom = [&](std::span<float> pixels, const RandomStream& own) {
    BOOST_TEST(pixels[1] == 1.0F);
    bits.push_back(own.bits(0));
    pixels[0] = 7.0F;
  }};
  const auto result = apply(transform, {1, 1, 2}, {0, 255}, random);
  BOOST_TEST(result[0] == 7.0F);
  BOOST_TEST(result[1] == 1.0F);
  apply(transform, {1, 1, 2}, {0, 255}, random);
  BOOST_TEST(bits.at(0) == bits.at(1));
  BOOST_TEST(bits.at(0) != random.bits(0));
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
  const Shape shape{2, 3, 4};
  BOOST_CHECK_THROW(SampleTransform({.random_crop = RandomCrop{-1}}, shape), ValueError);
  BOOST_CHECK_THROW(SampleTransform({.random_crop = RandomCrop{4}}, shape), ValueError);
  BOOST_CHECK_THROW(SampleTransform({.normalize = Normalize{{0.5F}, {0.5F}}}, shape), ValueError);
  BOOST_CHECK_THROW(SampleTransform({.normalize = Normalize{{0.5F, 0.5F}, {0.5F, 0.0F}}}, shape),
                    ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
