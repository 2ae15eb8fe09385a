// Tables of numbers in text files: CSV, or columns with blanks between.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace credence::data {

/// The numbers of a file, and the names of its columns.
struct Table {
  Tensor values;                     ///< float64 [rows, columns], at least one of each
  std::vector<std::string> names{};  ///< of the columns, from the header; empty without one
};

struct CsvOptions {
  /// The largest size of the file, unpacked. A number takes at least 2 bytes there, and 8 in
  /// memory.
  std::uint64_t most_bytes = std::uint64_t{1} << 28;
};

/// Reads a table: a line for each row, with the same number of numbers in decimal notation in each
/// ("-1.5e-3"). Fields are separated by commas where the first line has one outside of quotes, else
/// by blanks and tabs. The first line is a header where none of its fields is a number. Fields may
/// be in double quotes. Empty lines and lines that begin with # are skipped. Lines end with LF or
/// CR LF; the file may be in gzip format.
///
/// Throws FileError that names the file, the line and the column for a field that is no finite
/// number (such as an empty one, "NA" or "nan"), one that names file and line for a row of another
/// length, and FileError for a file without rows, one that is larger than the options say, one with
/// a line of more than 16 MiB, and one that cannot be read.
Table read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace credence::data
