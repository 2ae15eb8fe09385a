// Names that resemble one that was not found, for error messages.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace credence::io {

/// The number of insertions, deletions and replacements of a byte that make `b` of `a`: the edit
/// distance of Levenshtein 1966.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The indices of the names nearest to `wanted` by their edit distance, nearest first, of equally
/// near ones by the alphabet; at most `count`. Names of more than 200 bytes and those after the
/// first 10,000 are not looked at, so that a hostile file costs no time.
std::vector<std::size_t> nearest_names(std::string_view wanted, std::span<const std::string> names,
                                       std::size_t count = 3);

/// "\"conv1.weight\", \"conv2.weight\"": the names nearest to `wanted`, for a message; empty where
/// there is none. Control characters are shown as "?".
std::string nearest_names_text(std::string_view wanted, std::span<const std::string> names);

/// A name of a file in quotation marks, with "?" for control characters, and of a long one its
/// first 200 bytes.
std::string quoted(std::string_view name);

}  // namespace credence::io
