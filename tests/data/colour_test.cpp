// Tests of parsing colours.
#include "data/colour.hpp"

#include "framework/base/error.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_colour)

namespace {

BOOST_AUTO_TEST_CASE(colours_are_read_as_css_has_them) {
  BOOST_TEST((parse_colour("white") == Colour{255, 255, 255}));
  BOOST_TEST((parse_colour("black") == Colour{0, 0, 0}));
  BOOST_TEST((parse_colour("#0a14Ff") == Colour{10, 20, 255}));
  BOOST_TEST((parse_colour("#1f0") == Colour{17, 255, 0}));
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
  for (const char* text : {"", "#", "0a14ff", "#12345", "#1234567", "#12", "#-12345", "#+1f",
                           "#12 ", "#0x1234", "#gggggg", "White", "reddish"}) {
    BOOST_CHECK_THROW(parse_colour(text), ValueError);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
