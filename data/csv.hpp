// Tables in text files: CSV, or columns with blanks between. All columns are numbers, but for one
// that may have texts.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::data {

/// The columns of a table, as its first line tells them.
struct CsvColumns {
  std::vector<std::string> names{};  ///< from the header; empty without one
  std::size_t count = 0;
};

/// The numbers of a file, and the names of its columns.
struct Table {
  Tensor values;                     ///< float64 [rows, columns], at least one row
  std::vector<std::string> names{};  ///< of these columns, from the header; empty without one
  /// The fields of the text column, which is not among `values`; empty without one.
  std::vector<std::string> texts{};
  std::vector<std::int64_t> lines{};  ///< of the rows in the file, from 1
};

struct CsvOptions {
  /// The largest size of the file, unpacked. A number takes at least 2 bytes there, and 8 in
  /// memory.
  std::uint64_t most_bytes = std::uint64_t{1} << 28;
  /// A column, from 0, whose fields are texts, such as the names of classes. A missing one is an
  /// error: an empty field, "NA", "N/A", "nan" and "null" in any case of letters, and "?".
  std::optional<std::size_t> text_column{};
};

/// Reads a table: a line for each row, with the same number of fields in each, which are numbers in
/// decimal notation ("-1.5e-3") outside of the text column. Fields are separated by commas where
/// the first line has one outside of quotes, else by blanks and tabs. The first line is a header
/// where none of its fields is a number. Fields may be in double quotes. Empty lines and lines that
/// begin with # are skipped. Lines end with LF or CR LF; the file may be in gzip format.
///
/// Throws FileError that names the file, the line and the column, by number and name, for a missing
/// value and for a field that is no finite number; one that names file and line for a row of
/// another length; and FileError for a file without rows or without the text column, one that is
/// larger than the options say, one with a line of more than 16 MiB, and one that cannot be read.
Table read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

/// Reads the first line of a table alone. Throws FileError as read_csv does.
CsvColumns read_csv_columns(const std::filesystem::path& path, const CsvOptions& options = {});

/// The column of this name, from 0. Of a table without a header the names are the numbers from 1.
/// Throws FileError for `path` where there is no such column, naming the columns and the one with
/// the nearest name, and where several have the name.
std::size_t column_named(const std::filesystem::path& path, const CsvColumns& columns,
                         const std::string& name);

}  // namespace credence::data
