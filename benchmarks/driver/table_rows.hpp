// The rows of a table's file: CSV, or NumPy's arrays. See tables.hpp for what is read as what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// A column of numbers.
struct TableColumn {
  std::string name{};
  std::string place{};  ///< what messages call it: "column 2 (y)"
  std::vector<double> values{};
};

/// What is read as the target.
enum class TableTarget : std::uint8_t { numbers, classes };

/// The inputs of each row and, as asked for, a target of numbers or of classes.
struct TableRows {
  std::string file{};
  std::vector<TableColumn> inputs{};
  TableColumn target{};               ///< without values where it has classes
  std::vector<std::string> labels{};  ///< the class of each row
  std::vector<std::int64_t> lines{};  ///< of the rows in the file; of arrays empty

  std::int64_t count() const {
    return static_cast<std::int64_t>(labels.empty() ? target.values.size() : labels.size());
  }
  /// Throws FileError for the file.
  [[noreturn]] void fail(const std::string& what) const;
  /// "line 3" of a text, "row 3" of arrays, for row 2.
  std::string place_of_row(std::size_t row) const;
};

/// Reads the rows of a file of any of the kinds, by the ending of its name; another one is CSV.
/// Throws FileError as data::read_csv, read_npy and read_npz do, for a column or an array that the
/// file has not, for arrays of other shapes, for a number that is not finite, and where there are
/// no inputs.
TableRows read_rows(const std::filesystem::path& file, const std::optional<std::string>& target,
                    TableTarget kind);

}  // namespace credence::benchmarks
