// Task regress: the rows of a table as training and test set.
#include "benchmarks/driver/regression.hpp"
#include "data/arrays.hpp"
#include "data/csv.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr std::int64_t kFewestRows = 10;
// A column that varies by a smaller share of its size has fewer than 170 different values in
// float32, whose numbers have 24 bits.
constexpr double kLeastVariation = 1e-5;

std::string name_of(const data::Table& table, std::int64_t column) {
  const std::string number = std::to_string(column + 1);
  return table.names.empty()
             ? "column " + number
             : fmt::format("column {} ({})", number, table.names[static_cast<std::size_t>(column)]);
}

// Throws FileError where float32 cannot hold the column, and for a target that never changes.
void require_usable(const std::string& file, const data::Table& table, std::int64_t column) {
  const std::int64_t rows = table.values.shape()[0];
  const std::int64_t columns = table.values.shape()[1];
  const double* const values = table.values.data<double>();
  double least = values[column];
  double most = least;
  for (std::int64_t row = 0; row < rows; ++row) {
    least = std::min(least, values[row * columns + column]);
    most = std::max(most, values[row * columns + column]);
  }
  const double size = std::max(std::abs(least), std::abs(most));
  if (size > static_cast<double>(std::numeric_limits<float>::max())) {
    throw FileError(file, name_of(table, column) + " has numbers that float32 cannot hold");
  }
  if (least == most && column + 1 == columns) {
    throw FileError(file, name_of(table, column) + ", the target, is the same in every row");
  }
  if (least < most && most - least < kLeastVariation * size) {
    throw FileError(file,
                    fmt::format("{} varies by {:g} in numbers up to {:g}, which float32 cannot "
                                "tell apart; subtract a constant from it",
                                name_of(table, column), most - least, size));
  }
}

// All columns but the last as inputs, the last as target.
data::Dataset rows_of(const data::Table& table, std::string name) {
  const std::int64_t rows = table.values.shape()[0];
  const std::int64_t inputs = table.values.shape()[1] - 1;
  const Tensor x = Tensor::empty({rows, inputs});
  const Tensor y = Tensor::empty({rows, 1});
  const double* value = table.values.data<double>();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < inputs; ++i) {
      x.data<float>()[row * inputs + i] = static_cast<float>(*value++);
    }
    y.data<float>()[row] = static_cast<float>(*value++);
  }
  return data::arrays(x, y, {.name = std::move(name)});
}

}  // namespace

RunSets table_sets(const std::filesystem::path& file, std::uint64_t seed) {
  const data::Table table = data::read_csv(file);
  const std::int64_t rows = table.values.shape()[0];
  const std::int64_t columns = table.values.shape()[1];
  if (columns < 2) {
    throw FileError(file.string(), "has 1 column, expected inputs and, in the last, the target");
  }
  if (rows < kFewestRows) {
    throw FileError(file.string(),
                    fmt::format("has {}, expected at least {}", counted(rows, "row"), kFewestRows));
  }
  for (std::int64_t column = 0; column < columns; ++column) {
    require_usable(file.string(), table, column);
  }
  const data::Dataset all = rows_of(table, file.stem().string());
  const data::IndexSplit split = data::split(all, rows / 5, Generator(seed).split("test"));
  return with_checksum(data::subset(all, split.train), data::subset(all, split.validation),
                       file.string());
}

}  // namespace credence::benchmarks
