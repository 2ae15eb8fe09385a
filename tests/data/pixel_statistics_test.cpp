// Tests of the mean and the deviation of pixels, against their closed forms.
#include "data/pixel_statistics.hpp"

#include "data/arrays.hpp"
#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_pixel_statistics)

namespace {

Dataset images_of(const Shape& shape, const std::vector<std::uint8_t>& bytes) {
  return {.name = "bytes",
          .inputs = Tensor::from(shape, bytes),
          .targets = Tensor::zeros({shape[0]}, DType::int64),
          .classes = 1};
}

BOOST_AUTO_TEST_CASE(each_channel_of_the_chosen_images_has_its_own) {
  // The third image would change both channels.
  const Dataset dataset =
      images_of({3, 2, 1, 2}, {0, 255, 51, 51, 255, 0, 51, 51, 255, 255, 255, 255});
  const Normalize found = pixel_statistics(dataset, std::vector<std::int64_t>{0, 1});
  // Half of the pixels are 0, half 1. All of the other channel are 1/5, without deviation.
  BOOST_TEST(found.mean == (std::vector{0.5F, 0.2F}), boost::test_tools::per_element());
  BOOST_TEST(found.std == (std::vector{0.5F, 1.0F}), boost::test_tools::per_element());
}

// The numbers 0 … n − 1 have mean (n − 1) / 2 and variance (n² − 1) / 12.
BOOST_AUTO_TEST_CASE(all_bytes_have_the_moments_of_the_uniform_distribution) {
  std::vector<std::uint8_t> bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<std::uint8_t>(byte));
  const Normalize found =
      pixel_statistics(images_of({1, 1, 16, 16}, bytes), std::vector<std::int64_t>{0});
  BOOST_TEST(found.mean[0] == 0.5F);
  const double deviation = std::sqrt((256.0 * 256 - 1) / 12) / 255;
  BOOST_TEST(found.std[0] == static_cast<float>(deviation), boost::test_tools::tolerance(1e-6F));
}

BOOST_AUTO_TEST_CASE(what_has_no_pixels_is_refused) {
  const Dataset dataset = images_of({1, 1, 1, 1}, {7});
  const std::vector<std::int64_t> none;
  BOOST_CHECK_EXCEPTION(pixel_statistics(dataset, none), ValueError, says("no images of bytes"));
  BOOST_CHECK_THROW(pixel_statistics(dataset, std::vector<std::int64_t>{1}), ValueError);
  const Dataset rows = arrays(Tensor::zeros({1, 2}), Tensor::zeros({1, 1}), {.name = "rows"});
  BOOST_CHECK_EXCEPTION(pixel_statistics(rows, std::vector<std::int64_t>{0}), ValueError,
                        says("rows has no images"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
