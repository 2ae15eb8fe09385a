// Tests of the loader's transforms on the host, each against its definition.
#include "data/transform.hpp"

#include "data/rotation.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_transform)

namespace {

std::vector<float> apply(const Transform& transform, const Shape& shape,
                         const std::vector<std::uint8_t>& image, const RandomStream& random = {}) {
  std::vector<float> result(image.size(), -1.0F);
  SampleTransform(transform, shape).apply(image.data(), result.data(), random);
  return result;
}

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
  // A 3 x 4 image with distinct pixels in two channels. Each result must be one of the 9 shifts.
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

BOOST_AUTO_TEST_CASE(horizontal_flip_mirrors_each_row) {
  std::vector<std::uint8_t> image(24);
  std::iota(image.begin(), image.end(), std::uint8_t{1});
  const Shape shape{2, 3, 4};
  const auto plain = apply({}, shape, image);
  std::vector<float> mirrored = plain;
  for (auto row = mirrored.begin(); row != mirrored.end(); row += 4) std::reverse(row, row + 4);
  int flips = 0;
  for (std::uint64_t sample = 0; sample < 400; ++sample) {
    const RandomStream random{4, sample};
    const auto flipped = [&](double probability) {
      return apply({.horizontal_flip = HorizontalFlip{probability}}, shape, image, random);
    };
    BOOST_TEST((flipped(0.0) == plain));
    BOOST_TEST((flipped(1.0) == mirrored));
    const auto result = flipped(0.25);
    BOOST_TEST((result == plain || result == mirrored));
    flips += result == mirrored ? 1 : 0;
  }
  // 100 expected, standard deviation below 9.
  BOOST_TEST(std::abs(flips - 100) < 45);
}

BOOST_AUTO_TEST_CASE(rotation_then_flip_then_crop) {
  constexpr std::int64_t kSide = 7;
  std::vector<std::uint8_t> image(2 * kSide * kSide);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i * 89 % 256);
  const Shape shape{2, kSide, kSide};
  const Tensor turned = rotate(Tensor::from({1, 2, kSide, kSide}, image).to(DType::float32), 40.0);
  const Transform transform{.rotation = Rotation{40.0, 40.0},
                            .horizontal_flip = HorizontalFlip{1.0},
                            .random_crop = RandomCrop{2},
                            .normalize = Normalize{{0.5F, 0.25F}, {0.5F, 2.0F}}};
  const Transform crop_alone{.random_crop = RandomCrop{2}};
  // A single bright pixel shows the shift of a crop.
  std::vector<std::uint8_t> point(image.size());
  point[3 * kSide + 3] = 255;
  for (std::uint64_t sample = 0; sample < 50; ++sample) {
    const RandomStream random{11, sample};
    const auto shifted = apply(crop_alone, shape, point, random);
    const auto place = std::find(shifted.begin(), shifted.end(), 1.0F) - shifted.begin();
    const std::int64_t down = place / kSide - 3;
    const std::int64_t right = place % kSide - 3;
    const auto result = apply(transform, shape, image, random);
    for (std::int64_t i = 0; i < 2 * kSide * kSide; ++i) {
      const std::int64_t channel = i / (kSide * kSide);
      const std::int64_t row = i / kSide % kSide - down;
      const std::int64_t column = kSide - 1 - (i % kSide - right);
      const bool inside = row >= 0 && row < kSide && column >= 0 && column < kSide;
      const float level =
          inside ? turned.data<float>()[channel * kSide * kSide + row * kSide + column] : 0.0F;
      const float expected =
          channel == 0 ? (level / 255.0F - 0.5F) / 0.5F : (level / 255.0F - 0.25F) / 2.0F;
      BOOST_REQUIRE(std::abs(result[static_cast<std::size_t>(i)] - expected) < 2e-6F);
    }
  }
}

BOOST_AUTO_TEST_CASE(rotation_draws_its_angle_from_the_range) {
  // A bright pixel far to the right of the centre moves on a circle.
  constexpr std::int64_t kSide = 21;
  std::vector<std::uint8_t> image(kSide * kSide);
  image[10 * kSide + 19] = 255;
  double least = 360.0;
  double most = -360.0;
  for (std::uint64_t sample = 0; sample < 300; ++sample) {
    const auto result =
        apply({.rotation = Rotation{-30.0, 60.0}}, {1, kSide, kSide}, image, {2, sample});
    double x = 0.0;
    double y = 0.0;
    for (std::int64_t i = 0; i < kSide * kSide; ++i) {
      x += result[static_cast<std::size_t>(i)] * static_cast<double>(i % kSide - 10);
      y += result[static_cast<std::size_t>(i)] * static_cast<double>(10 - i / kSide);
    }
    const double angle = std::atan2(y, x) * 180.0 / 3.14159265358979;
    least = std::min(least, angle);
    most = std::max(most, angle);
  }
  BOOST_TEST(least > -33.0);
  BOOST_TEST(least < -26.0);
  BOOST_TEST(most < 63.0);
  BOOST_TEST(most > 56.0);
}

BOOST_AUTO_TEST_CASE(no_rotation_changes_no_bit) {
  std::vector<std::uint8_t> image(256);
  std::iota(image.begin(), image.end(), std::uint8_t{0});
  const Transform transform{.rotation = Rotation{720.0, 720.0},
                            .normalize = Normalize{{0.3F}, {0.7F}}};
  BOOST_TEST((apply(transform, {1, 16, 16}, image) ==
              apply({.normalize = Normalize{{0.3F}, {0.7F}}}, {1, 16, 16}, image)));
}

BOOST_AUTO_TEST_CASE(noise_is_normal_and_its_own_for_each_pixel_and_sample) {
  // Planes with more pixels than one chunk of noise.
  const Shape shape{2, 40, 40};
  constexpr std::size_t kPlane = 1600;
  const std::vector<std::uint8_t> image(2 * kPlane, 51);
  const Transform transform{.noise = GaussianNoise{0.1F},
                            .normalize = Normalize{{0.2F, 0.2F}, {1.0F, 0.25F}}};
  std::vector<double> all;
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    const auto result = apply(transform, shape, image, {3, sample});
    BOOST_TEST((apply(transform, shape, image, {3, sample}) == result));
    for (std::size_t i = 0; i < result.size(); ++i)
      all.push_back(result[i] * (i < kPlane ? 10.0 : 2.5));
  }
  double sum = 0.0;
  double squares = 0.0;
  double fourth = 0.0;
  for (const double value : all) {
    sum += value;
    squares += value * value;
    fourth += value * value * value * value;
  }
  const auto count = static_cast<double>(all.size());
  // Five standard deviations of 64,000 numbers' moments.
  BOOST_TEST(std::abs(sum / count) < 0.02);
  BOOST_TEST(std::abs(squares / count - 1.0) < 0.028);
  BOOST_TEST(std::abs(fourth / count - 3.0) < 0.2);
  // No number is repeated in another chunk, channel or sample: the correlation is that of chance.
  for (const std::size_t distance : {std::size_t{1024}, std::size_t{576}, kPlane, 2 * kPlane}) {
    double product = 0.0;
    for (std::size_t i = distance; i < all.size(); ++i) product += all[i] * all[i - distance];
    BOOST_TEST(std::abs(product / count) < 0.02);
  }
}

BOOST_AUTO_TEST_CASE(switching_a_step_on_leaves_the_others_draws_alone) {
  std::vector<std::uint8_t> image(48);
  std::iota(image.begin(), image.end(), std::uint8_t{1});
  const Shape shape{3, 4, 4};
  for (std::uint64_t sample = 0; sample < 50; ++sample) {
    const RandomStream random{8, sample};
    const auto crop = apply({.random_crop = RandomCrop{2}}, shape, image, random);
    BOOST_TEST((apply({.rotation = Rotation{0.0, 0.0},
                       .horizontal_flip = HorizontalFlip{0.0},
                       .random_crop = RandomCrop{2},
                       .noise = GaussianNoise{0.0F}},
                      shape, image, random) == crop));
  }
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
  const double nan = std::nan("");
  for (const Rotation rotation :
       {Rotation{1.0, 0.0}, Rotation{nan, 0.0}, Rotation{0.0, INFINITY}}) {
    BOOST_CHECK_THROW(SampleTransform({.rotation = rotation}, shape), ValueError);
  }
  for (const double probability : {-0.1, 1.1, nan}) {
    BOOST_CHECK_THROW(SampleTransform({.horizontal_flip = HorizontalFlip{probability}}, shape),
                      ValueError);
  }
  for (const float sigma : {-0.1F, std::nanf(""), INFINITY}) {
    BOOST_CHECK_THROW(SampleTransform({.noise = GaussianNoise{sigma}}, shape), ValueError);
  }
  BOOST_CHECK_THROW(SampleTransform({.random_crop = RandomCrop{-1}}, shape), ValueError);
  BOOST_CHECK_THROW(SampleTransform({.random_crop = RandomCrop{4}}, shape), ValueError);
  BOOST_CHECK_THROW(SampleTransform({.normalize = Normalize{{0.5F}, {0.5F}}}, shape), ValueError);
  BOOST_CHECK_THROW(SampleTransform({.normalize = Normalize{{0.5F, 0.5F}, {0.5F, 0.0F}}}, shape),
                    ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
