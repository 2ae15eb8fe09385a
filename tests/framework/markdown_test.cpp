// Markdown tables: alignment, widths in characters and the two rules.
#include "framework/base/markdown.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

using enum MarkdownColumn::Align;

BOOST_AUTO_TEST_SUITE(markdown)

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_their_widest_cell) {
  BOOST_TEST(markdown_table({{"name"}, {"n", right}}, {{"a", "1000"}, {"longer", "2"}}) ==
             "| name   |    n |\n"
             "|--------|-----:|\n"
             "| a      | 1000 |\n"
             "| longer |    2 |\n");
}

BOOST_AUTO_TEST_CASE(the_rule_may_leave_blanks) {
  BOOST_TEST(markdown_table({{"a"}, {"b", right}}, {{"x", "y"}}, MarkdownRule::spaced) ==
             "| a   |   b |\n"
             "| --- | --: |\n"
             "| x   |   y |\n");
}

BOOST_AUTO_TEST_CASE(without_alignment_nothing_is_padded) {
  BOOST_TEST(markdown_table({{"a", none}, {"long head", none}}, {{"long cell", ""}}) ==
             "| a | long head |\n"
             "|---|---|\n"
             "| long cell |  |\n");
}

BOOST_AUTO_TEST_CASE(a_width_counts_characters_not_bytes) {
  BOOST_TEST(markdown_table({{"t", right, 5}}, {{"1 µs"}, {"10 ms"}}) ==
             "|     t |\n"
             "|------:|\n"
             "|  1 µs |\n"
             "| 10 ms |\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
