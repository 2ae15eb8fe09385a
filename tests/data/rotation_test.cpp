// Tests of rotation, against the definition with complex numbers.
#include "data/rotation.hpp"

#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <cmath>
#include <complex>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_rotation)

namespace {

std::vector<std::uint8_t> pattern(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i * 97 % 256);
  return bytes;
}

// The definition: the pixel z, as a complex number about the centre with the imaginary axis
// downwards, comes from z · exp(iθ), interpolated between four pixels of the image in a frame of
// zeros.
double reference(const std::vector<std::uint8_t>& image, std::int64_t height, std::int64_t width,
                 double degrees, std::int64_t row, std::int64_t column) {
  const std::complex<double> center(static_cast<double>(width - 1) / 2,
                                    static_cast<double>(height - 1) / 2);
  const std::complex<double> pixel(static_cast<double>(column), static_cast<double>(row));
  const auto source = center + (pixel - center) * std::polar(1.0, degrees * std::acos(-1.0) / 180);
  double value = 0.0;
  // Each pixel of the image has as its weight a pyramid of width 2 around it.
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const double across = std::max(0.0, 1.0 - std::abs(source.real() - static_cast<double>(x)));
      const double down = std::max(0.0, 1.0 - std::abs(source.imag() - static_cast<double>(y)));
      value += across * down * image[static_cast<std::size_t>(y * width + x)];
    }
  }
  return value;
}

BOOST_AUTO_TEST_CASE(quarter_turns_only_move_pixels) {
  const Tensor image = Tensor::from<std::uint8_t>({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const auto turned = [&](double degrees, DType dtype) {
    return rotate(image.to(dtype), degrees).to_vector<int>();
  };
  using Pixels = std::vector<int>;
  for (const DType dtype : {DType::uint8, DType::float32}) {
    BOOST_TEST((turned(0, dtype) == Pixels{1, 2, 3, 4, 5, 6, 7, 8, 9}));
    // Counter-clockwise: the right side comes to the top.
    for (const double degrees : {90.0, -270.0, 450.0}) {
      BOOST_TEST((turned(degrees, dtype) == Pixels{3, 6, 9, 2, 5, 8, 1, 4, 7}));
    }
    for (const double degrees : {180.0, -180.0}) {
      BOOST_TEST((turned(degrees, dtype) == Pixels{9, 8, 7, 6, 5, 4, 3, 2, 1}));
    }
    for (const double degrees : {270.0, -90.0}) {
      BOOST_TEST((turned(degrees, dtype) == Pixels{7, 4, 1, 8, 5, 2, 9, 6, 3}));
    }
    for (const double degrees : {360.0, -720.0}) {
      BOOST_TEST((turned(degrees, dtype) == turned(0, dtype)));
    }
  }
  // An even side, whose centre is between pixels.
  const Tensor even = Tensor::from<std::uint8_t>({1, 1, 2, 2}, {1, 2, 3, 4});
  BOOST_TEST((rotate(even, 90).to_vector<int>() == Pixels{2, 4, 1, 3}));
}

BOOST_AUTO_TEST_CASE(four_quarter_turns_are_none) {
  const Tensor images = Tensor::from({2, 3, 28, 28}, pattern(2 * 3 * 28 * 28)).to(DType::float32);
  Tensor turned = images;
  for (int i = 0; i < 4; ++i) turned = rotate(turned, 90);
  BOOST_TEST((turned.to_vector<float>() == images.to_vector<float>()));
}

BOOST_AUTO_TEST_CASE(any_angle_agrees_with_the_definition) {
  for (const auto& [height, width] : {std::pair{9, 9}, {8, 8}, {5, 11}, {1, 4}, {1, 1}}) {
    const auto image = pattern(static_cast<std::size_t>(height * width));
    const Tensor bytes = Tensor::from({1, 1, height, width}, image);
    for (const double degrees : {1.0, 30.0, 45.0, 60.0, 120.5, 213.0, 330.0, -17.0}) {
      const auto floats = rotate(bytes.to(DType::float32), degrees).to_vector<double>();
      const auto rounded = rotate(bytes, degrees).to_vector<double>();
      for (std::int64_t i = 0; i < height * width; ++i) {
        const double expected = reference(image, height, width, degrees, i / width, i % width);
        const auto index = static_cast<std::size_t>(i);
        BOOST_REQUIRE(std::abs(floats[index] - expected) < 1e-3);
        BOOST_REQUIRE(std::abs(rounded[index] - expected) < 0.501);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(images_and_channels_turn_on_their_own_with_any_number_of_threads) {
  const auto bytes = pattern(5 * 3 * 12 * 12);
  const Tensor images = Tensor::from({5, 3, 12, 12}, bytes);
  const int threads = num_threads();
  const Tensor together = rotate(images, 77);
  for (const int count : {1, 2, 3}) {
    set_num_threads(count);
    BOOST_TEST((rotate(images, 77).to_vector<int>() == together.to_vector<int>()));
  }
  set_num_threads(threads);
  const Tensor planes = images.reshape({15, 1, 12, 12});
  for (std::int64_t i = 0; i < 15; ++i) {
    BOOST_TEST((rotate(planes.slice(i, i + 1), 77).to_vector<int>() ==
                together.reshape({15, 1, 12, 12}).slice(i, i + 1).to_vector<int>()));
  }
  // The argument is not changed.
  BOOST_TEST((images.to_vector<std::uint8_t>() == bytes));
  BOOST_TEST(rotate(images.slice(0, 0), 30).numel() == 0);
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_refused) {
  BOOST_CHECK_THROW(rotate(Tensor(), 1), ShapeError);
  BOOST_CHECK_THROW(rotate(Tensor::zeros({2, 3, 4}), 1), ShapeError);
  BOOST_CHECK_THROW(rotate(Tensor::zeros({1, 1, 3, 4}, DType::float64), 1), ShapeError);
  const Tensor image = Tensor::zeros({1, 1, 3, 4});
  BOOST_CHECK_THROW(rotate(image, std::nan("")), ValueError);
  BOOST_CHECK_THROW(rotate(image, INFINITY), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
