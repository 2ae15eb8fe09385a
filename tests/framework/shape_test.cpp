// Tests of shapes and broadcasting.
#include "framework/core/shape.hpp"

#include "framework/base/error.hpp"
#include "framework/kernels/shapes.hpp"
#include "tests/framework/support.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(shape)

namespace {

std::string broadcast(const Shape& a, const Shape& b) {
  return broadcast_shape(a, b, "test").to_string();
}

BOOST_AUTO_TEST_CASE(extents_are_counted_from_either_end) {
  const Shape shape{2, 3, 4};
  BOOST_TEST(shape.rank() == 3);
  BOOST_TEST(shape[0] == 2);
  BOOST_TEST(shape[-1] == 4);
  BOOST_TEST(shape[-3] == 2);
  BOOST_TEST(shape.dimension_index(-2) == 1);
  BOOST_TEST(shape.numel() == 24);
  BOOST_TEST(shape.numel_from(1) == 12);
  BOOST_TEST(shape.numel_from(3) == 1);
  BOOST_TEST(shape.with(-2, 7).to_string() == "[2, 7, 4]");
  BOOST_TEST(shape.to_string() == "[2, 3, 4]");
}

BOOST_AUTO_TEST_CASE(a_scalar_has_one_element_and_an_extent_of_zero_none) {
  BOOST_TEST(Shape{}.rank() == 0);
  BOOST_TEST(Shape{}.numel() == 1);
  BOOST_TEST(Shape{}.to_string() == "[]");
  BOOST_TEST((Shape{3, 0, 2}.numel()) == 0);
}

BOOST_AUTO_TEST_CASE(shapes_are_equal_when_rank_and_extents_are) {
  BOOST_TEST((Shape{2, 3} == Shape{2, 3}));
  BOOST_TEST(!(Shape{2, 3} == Shape{3, 2}));
  BOOST_TEST(!(Shape{2} == Shape{2, 1}));
  BOOST_TEST((Shape(std::vector<std::int64_t>{}) == Shape{}));
}

BOOST_AUTO_TEST_CASE(wrong_extents_and_dimensions_are_refused) {
  BOOST_CHECK_EXCEPTION((Shape{2, -3}), ShapeError, says("[shape] extent -3 is negative"));
  BOOST_CHECK_EXCEPTION((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), ShapeError,
                        says("rank 9 is above the maximum of 8"));
  BOOST_CHECK_NO_THROW((Shape{1, 1, 1, 1, 1, 1, 1, 1}));
  const Shape shape{2, 3};
  BOOST_CHECK_EXCEPTION(shape[2], ShapeError, says("dimension 2 is outside the shape [2, 3]"));
  BOOST_CHECK_EXCEPTION(shape[-3], ShapeError, says("dimension -3 is outside"));
  BOOST_CHECK_THROW(Shape{}[0], ShapeError);
  BOOST_CHECK_THROW(shape.with(2, 1), ShapeError);
  BOOST_CHECK_EXCEPTION(shape.with(1, -4), ShapeError, says("[shape] extent -4 is negative"));
}

BOOST_AUTO_TEST_CASE(shapes_of_more_elements_than_can_be_counted_are_refused) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 62;
  const auto too_many = says("[shape] [4611686018427387904, 4] has more elements than can be");
  BOOST_CHECK_EXCEPTION((Shape{kLarge, 4}), ShapeError, too_many);
  BOOST_CHECK_EXCEPTION((Shape{kLarge, 1}.with(1, 4)), ShapeError, too_many);
  BOOST_CHECK_EXCEPTION(broadcast({kLarge, 1}, {4}), ShapeError, too_many);
  BOOST_TEST((Shape{kLarge}.numel()) == kLarge);
  BOOST_TEST((Shape{kLarge, 1}.numel()) == kLarge);
  BOOST_TEST((Shape{kLarge, 0}.numel()) == 0);
  BOOST_TEST((Shape{0, kLarge}.numel_from(1)) == kLarge);
  // Slices of it would have the product of the other extents.
  BOOST_CHECK_THROW((Shape{0, kLarge, 4}), ShapeError);
}

BOOST_AUTO_TEST_CASE(broadcasting_aligns_at_the_end_and_stretches_ones) {
  BOOST_TEST(broadcast({2, 3}, {2, 3}) == "[2, 3]");
  BOOST_TEST(broadcast({4, 2, 3}, {3}) == "[4, 2, 3]");
  BOOST_TEST(broadcast({3}, {4, 2, 1}) == "[4, 2, 3]");
  BOOST_TEST(broadcast({2, 1, 3}, {1, 5, 1}) == "[2, 5, 3]");
  BOOST_TEST(broadcast({}, {2, 3}) == "[2, 3]");
  BOOST_TEST(broadcast({}, {}) == "[]");
  BOOST_TEST(broadcast({1}, {0}) == "[0]");
  BOOST_TEST(broadcast({0, 1}, {4}) == "[0, 4]");
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_broadcast_are_refused) {
  BOOST_CHECK_EXCEPTION(broadcast({2, 3}, {2}), ShapeError,
                        says("[test] shapes [2, 3] and [2] do not broadcast: extents 3 and 2 "
                             "differ in dimension -1"));
  BOOST_CHECK_EXCEPTION(broadcast({2, 1}, {4, 3, 1}), ShapeError, says("dimension -2"));
  BOOST_CHECK_THROW(broadcast({0}, {2}), ShapeError);
}

BOOST_AUTO_TEST_CASE(a_broadcast_loop_merges_what_can_be_walked_as_one) {
  const BroadcastLoop same = broadcast_loop({2, 3, 4}, {2, 3, 4}, "test");
  BOOST_TEST(same.rank == 1);
  BOOST_TEST(same.extents[0] == 24);
  BOOST_TEST(same.a_strides[0] == 1);

  // Values per channel: the two spatial dimensions of the images merge, the channels stay.
  const BroadcastLoop channels = broadcast_loop({5, 3, 2, 4}, {3, 1, 1}, "test");
  BOOST_TEST(channels.rank == 3);
  BOOST_TEST(channels.numel == 120);
  const std::vector<std::int64_t> extents{5, 3, 8};
  const std::vector<std::int64_t> a_strides{24, 8, 1};
  const std::vector<std::int64_t> b_strides{0, 1, 0};
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(channels.extents[i] == extents[i]);
    BOOST_TEST(channels.a_strides[i] == a_strides[i]);
    BOOST_TEST(channels.b_strides[i] == b_strides[i]);
  }
  BOOST_TEST(broadcast_loop({1, 1}, {}, "test").rank == 0);
  BOOST_TEST(broadcast_loop({1, 1}, {}, "test").numel == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
