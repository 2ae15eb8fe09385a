// Tables in Markdown: the widths of the columns, and the writing of the rows.
#include "framework/base/markdown.hpp"

#include <algorithm>

namespace credence {
namespace {

using Align = MarkdownColumn::Align;

// Characters of UTF-8: all bytes but those that go on with one.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::size_t length = characters(text);
  const std::string blanks(align == Align::none || length >= width ? 0 : width - length, ' ');
  return align == Align::right ? blanks + text : text + blanks;
}

std::string rule_of(std::size_t width, Align align, MarkdownRule rule) {
  if (align == Align::none) return "---";
  std::string dashes(rule == MarkdownRule::filled ? width + 2 : width, '-');
  if (align == Align::right) dashes.back() = ':';
  return rule == MarkdownRule::filled ? dashes : ' ' + dashes + ' ';
}

std::string line_of(const std::vector<MarkdownColumn>& columns,
                    const std::vector<std::size_t>& widths, const std::vector<std::string>& row) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    line += "| " + padded(row[i], widths[i], columns[i].align) + ' ';
  }
  return line + "|\n";
}

}  // namespace

std::string markdown_table(const std::vector<MarkdownColumn>& columns,
                           const std::vector<std::vector<std::string>>& rows, MarkdownRule rule) {
  std::vector<std::string> heads;
  std::vector<std::size_t> widths;
  std::string rules;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const MarkdownColumn& column = columns[i];
    heads.push_back(column.head);
    std::size_t width = std::max(column.least_width, characters(column.head));
    for (const std::vector<std::string>& row : rows) width = std::max(width, characters(row[i]));
    widths.push_back(width);
    rules += '|' + rule_of(width, column.align, rule);
  }
  std::string text = line_of(columns, widths, heads) + rules + "|\n";
  for (const std::vector<std::string>& row : rows) text += line_of(columns, widths, row);
  return text;
}

}  // namespace credence
