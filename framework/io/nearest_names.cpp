// The edit distance, and the names that are nearest by it.
#include "framework/io/nearest_names.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace credence::io {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kMost = 10'000;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Row i has the distances of the first i bytes of a to the beginnings of b.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::vector<std::size_t> nearest_names(std::string_view wanted, std::span<const std::string> names,
                                       std::size_t count) {
  std::vector<std::pair<std::size_t, std::size_t>> found;  // distance, index
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    if (names[i].size() > kLongestName) continue;
    found.emplace_back(edit_distance(wanted.substr(0, kLongestName), names[i]), i);
  }
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : names[a.second] < names[b.second];
  });
  found.resize(std::min(found.size(), count));
  std::vector<std::size_t> indices;
  for (const auto& [distance, index] : found) indices.push_back(index);
  return indices;
}

std::string nearest_names_text(std::string_view wanted, std::span<const std::string> names) {
  std::string text;
  for (const std::size_t index : nearest_names(wanted, names)) {
    text += (text.empty() ? "" : ", ") + quoted_name(names[index]);
  }
  return text;
}

std::string quoted_name(std::string_view name) {
  std::string text(name.substr(0, kLongestName));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, '?');
  return '"' + text + (name.size() > kLongestName ? "…\"" : "\"");
}

}  // namespace credence::io
