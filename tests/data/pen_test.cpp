// Tests of drawing strokes.
#include "data/pen.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_pen)

namespace {

BOOST_AUTO_TEST_CASE(ink_falls_with_the_distance_to_the_segment) {
  Pen pen(9);
  // A horizontal line on row 4 from column 2 to 6, radius 1, border from 0.5 to 1.5 pixels.
  const std::vector<PenPoint> line{{{2.0F, 4.0F}, 1.0F}, {{6.0F, 4.0F}, 1.0F}};
  pen.draw(line, 1.0F);
  const auto ink = [&](std::size_t row, std::size_t column) {
    return pen.sheet()[row * 9 + column];
  };
  BOOST_TEST(ink(4, 2) == 1.0F);
  BOOST_TEST(ink(4, 4) == 1.0F);
  BOOST_TEST(ink(3, 4) == 0.5F);  // at distance 1, half way through the border
  BOOST_TEST(ink(5, 4) == 0.5F);
  BOOST_TEST(ink(4, 7) == 0.5F);  // beyond the end, which is round
  BOOST_TEST(ink(2, 4) == 0.0F);
  BOOST_TEST(ink(4, 8) == 0.0F);
  pen.clear();
  for (const float value : pen.sheet()) BOOST_TEST(value == 0.0F);
}

BOOST_AUTO_TEST_CASE(strokes_off_the_sheet_leave_it_alone) {
  Pen pen(5);
  const std::vector<PenPoint> line{{{-20.0F, -20.0F}, 1.0F}, {{-10.0F, 30.0F}, 1.0F}};
  pen.draw(line, 1.0F);
  for (const float value : pen.sheet()) BOOST_TEST(value == 0.0F);
}

BOOST_AUTO_TEST_CASE(a_dot_is_round) {
  Pen pen(5);
  const std::vector<PenPoint> dot{{{2.0F, 2.0F}, 1.0F}, {{2.0F, 2.0F}, 1.0F}};
  pen.draw(dot, 1.0F);
  BOOST_TEST(pen.sheet()[2 * 5 + 2] == 1.0F);
  BOOST_TEST(pen.sheet()[1 * 5 + 2] == 0.5F);
  BOOST_TEST(pen.sheet()[2 * 5 + 3] == 0.5F);
}

BOOST_AUTO_TEST_CASE(catmull_rom_passes_through_its_points_and_keeps_lines_straight) {
  const Point a{0.0F, 0.0F};
  const Point b{1.0F, 2.0F};
  const Point c{2.0F, 4.0F};
  const Point d{3.0F, 6.0F};
  BOOST_TEST(catmull_rom(a, b, c, d, 0.0F).x == b.x);
  BOOST_TEST(catmull_rom(a, b, c, d, 1.0F).y == c.y);
  const Point middle = catmull_rom(a, b, c, d, 0.25F);
  BOOST_TEST(middle.x == 1.25F, boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(middle.y == 2.5F, boost::test_tools::tolerance(1e-5F));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
