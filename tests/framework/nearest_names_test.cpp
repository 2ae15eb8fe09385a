// Tests of the edit distance and of the nearest names, and of key maps.
#include "framework/io/nearest_names.hpp"

#include "framework/base/error.hpp"
#include "framework/io/key_map.hpp"
#include "tests/framework/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(nearest_names_)

// The first is the example of Wagner and Fischer's algorithm in most textbooks.
BOOST_AUTO_TEST_CASE(edit_distances) {
  BOOST_TEST(edit_distance("kitten", "sitting") == 3U);
  BOOST_TEST(edit_distance("Saturday", "Sunday") == 3U);
  BOOST_TEST(edit_distance("", "abc") == 3U);
  BOOST_TEST(edit_distance("abc", "") == 3U);
  BOOST_TEST(edit_distance("abc", "abc") == 0U);
}

BOOST_AUTO_TEST_CASE(hostile_names_are_left_out_and_shown_without_control_characters) {
  const std::vector<std::string> names{std::string(1'000'000, 'x'), "b\x1b[2J", "a", "ab"};
  BOOST_TEST(nearest_names("a", names, 2) == (std::vector<std::size_t>{2, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(nearest_names_text("b", names) == "\"a\", \"ab\", \"b?[2J\"");
  BOOST_TEST(nearest_names_text("b", {}).empty());
}

BOOST_AUTO_TEST_CASE(a_key_map_applies_its_rules_one_after_the_other) {
  const KeyMap keys({{"a", "b"}, {"^b(.)", "$1$1"}, {"\\.", ":"}});
  BOOST_TEST(keys("ax.a") == "xx:b");
  BOOST_TEST(keys("c") == "c");
  BOOST_TEST(KeyMap()("a") == "a");
  // The library's matcher would run out of stack.
  const std::string longest(1'000'000, 'a');
  BOOST_TEST((keys(longest) == longest));
  BOOST_CHECK_EXCEPTION(KeyMap({{"(", ""}}), ValueError,
                        says("[KeyMap] \"(\" is no regular expression"));
  for (const char* pattern : {"\\33333333333333333333", "a{100}", "a{1,100}"}) {
    BOOST_CHECK_EXCEPTION(KeyMap({{pattern, ""}}), ValueError,
                          says("has a number of more than 2 digits"));
  }
  BOOST_CHECK_THROW(KeyMap({{std::string(KeyMap::kLongestKey + 1, 'a'), ""}}), ValueError);
  BOOST_TEST(KeyMap({{"layer1000[0-9]{2}", "x"}})("layer100007") == "x");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::io
