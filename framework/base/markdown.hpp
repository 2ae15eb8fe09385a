// Tables in Markdown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace credence {

/// A column of a table: its head, how its cells are aligned, and how wide it is at least, in
/// characters.
struct MarkdownColumn {
  enum class Align : std::uint8_t { none, left, right };
  std::string head;
  Align align = Align::left;  ///< none: cells are not padded
  std::size_t least_width = 3;
};

/// How the rule beneath the head is drawn, of a left and a right column.
enum class MarkdownRule : std::uint8_t {
  filled,  ///< |-----|----:|
  spaced,  ///< | --- | --: |
};

/// The head, the rule and the rows, a line each. A row has a cell for each column. A column is as
/// wide as its widest cell; one that is not aligned has the filled rule |---|.
std::string markdown_table(const std::vector<MarkdownColumn>& columns,
                           const std::vector<std::vector<std::string>>& rows,
                           MarkdownRule rule = MarkdownRule::filled);

}  // namespace credence
