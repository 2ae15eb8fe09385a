// Tests of resizing, against weights computed by hand.
#include "data/resize.hpp"

#include "framework/base/error.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_resize)

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes resized(const Bytes& source, std::int64_t height, std::int64_t width, std::int64_t new_height,
              std::int64_t new_width) {
  Bytes target(static_cast<std::size_t>(new_height * new_width), 99);
  resize_plane(source.data(), height, width, target.data(), new_height, new_width);
  return target;
}

BOOST_AUTO_TEST_CASE(the_same_size_is_a_copy) {
  Bytes source(12);
  std::iota(source.begin(), source.end(), std::uint8_t{3});
  BOOST_TEST((resized(source, 3, 4, 3, 4) == source));
}

BOOST_AUTO_TEST_CASE(growing_interpolates_between_pixel_centres) {
  // Twice as wide: the new centres are at quarters between the old ones; at the ends the value is
  // constant.
  BOOST_TEST((resized({0, 100, 200}, 1, 3, 1, 6) == Bytes{0, 25, 75, 125, 175, 200}));
  BOOST_TEST((resized({0, 100, 200}, 3, 1, 6, 1) == Bytes{0, 25, 75, 125, 175, 200}));
  BOOST_TEST((resized({7}, 1, 1, 2, 3) == Bytes(6, 7)));
}

BOOST_AUTO_TEST_CASE(shrinking_weighs_all_pixels_by_a_triangle) {
  // To half: weights 1/8, 3/8, 3/8, 1/8; 3/7, 3/7, 1/7 at the ends.
  const Bytes source{0, 80, 160, 240, 16, 96};
  BOOST_TEST((resized(source, 1, 6, 1, 3) ==
              Bytes{static_cast<std::uint8_t>(std::lround((80 * 3 + 160) / 7.0)),
                    static_cast<std::uint8_t>(std::lround((80 + 160 * 3 + 240 * 3 + 16) / 8.0)),
                    static_cast<std::uint8_t>(std::lround((240 + 16 * 3 + 96 * 3) / 7.0))}));
}

BOOST_AUTO_TEST_CASE(what_has_one_value_keeps_it) {
  for (const auto& [height, width] : {std::pair{1, 1}, {3, 17}, {40, 9}, {28, 28}}) {
    const Bytes source(static_cast<std::size_t>(height * width), 203);
    BOOST_TEST((resized(source, height, width, 5, 7) == Bytes(35, 203)));
  }
}

BOOST_AUTO_TEST_CASE(fine_detail_becomes_grey_when_shrunk) {
  // A chessboard of single pixels. Picking pixels would give black, white or moiré.
  constexpr std::int64_t kSide = 210;
  Bytes board(kSide * kSide);
  for (std::int64_t i = 0; i < kSide * kSide; ++i) {
    board[static_cast<std::size_t>(i)] = (i / kSide + i % kSide) % 2 == 0 ? 0 : 255;
  }
  for (const std::uint8_t pixel : resized(board, kSide, kSide, 13, 17)) {
    BOOST_TEST(std::abs(pixel - 127) <= 3);
  }
}

BOOST_AUTO_TEST_CASE(images_get_another_size_and_other_channels) {
  // Two images, each twice as wide.
  const Tensor rows = Tensor::from<std::uint8_t>({2, 1, 1, 3}, {0, 100, 200, 7, 7, 7});
  const Tensor colour = resize_images(rows, {3, 1, 6});
  BOOST_TEST(colour.shape() == (Shape{2, 3, 1, 6}));
  const Bytes wide{0, 25, 75, 125, 175, 200};
  for (std::size_t i = 0; i < 36; ++i) {
    BOOST_TEST(colour.data<std::uint8_t>()[i] == (i < 18 ? wide[i % 6] : 7));
  }
  // 0.299 · 255 = 76.2, 0.587 · 255 = 149.7, 0.114 · 255 = 29.1.
  const Tensor primary =
      Tensor::from<std::uint8_t>({1, 3, 1, 3}, {255, 0, 0, 0, 255, 0, 0, 0, 255});
  BOOST_TEST((resize_images(primary, {1, 1, 3}).to_vector<std::uint8_t>() == Bytes{76, 150, 29}));
  BOOST_TEST(resize_images(primary, {3, 1, 3}).raw_data() == primary.raw_data());
}

BOOST_AUTO_TEST_CASE(images_that_cannot_be_resized_are_an_error) {
  const Tensor two = Tensor::zeros({1, 2, 4, 4}, DType::uint8);
  BOOST_CHECK_THROW(resize_images(two, {3, 4, 4}), ShapeError);
  BOOST_CHECK_THROW(resize_images(two, {2, 0, 4}), ShapeError);
  BOOST_CHECK_THROW(resize_images(two, {4, 4}), ShapeError);
  BOOST_CHECK_THROW(resize_images(Tensor::zeros({1, 1, 4, 4}), {1, 2, 2}), ShapeError);
  BOOST_CHECK_THROW(resize_images(Tensor::zeros({1, 1, 0, 4}, DType::uint8), {1, 2, 2}),
                    ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
