// Reading the rows of tables: which columns and arrays are inputs and target.
#include "benchmarks/driver/table_rows.hpp"

#include "benchmarks/driver/tables.hpp"
#include "data/csv.hpp"
#include "data/npz.hpp"
#include "framework/base/error.hpp"
#include "framework/io/nearest_names.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

namespace fs = std::filesystem;

enum class Kind : std::uint8_t { csv, npy, npz };

// By the ending of the name, in front of .gz; nothing for another one.
std::optional<Kind> kind_of(std::string name) {
  const bool packed = name.ends_with(".gz");
  if (packed) name.resize(name.size() - 3);
  if (name.ends_with(".csv") || name.ends_with(".txt")) return Kind::csv;
  if (name.ends_with(".npy")) return Kind::npy;
  if (name.ends_with(".npz") && !packed) return Kind::npz;
  return {};
}

std::vector<double> column_of(const Tensor& table, std::int64_t column) {
  const std::int64_t columns = table.shape()[1];
  std::vector<double> values;
  for (std::int64_t row = 0; row < table.shape()[0]; ++row) {
    values.push_back(table.data<double>()[row * columns + column]);
  }
  return values;
}

TableRows read_text(const fs::path& file, const std::optional<std::string>& target,
                    TableTarget kind) {
  const data::CsvColumns columns = data::read_csv_columns(file);
  if (columns.count < 2) {
    throw FileError(file.string(), "has 1 column, expected inputs and, in the last, the target");
  }
  const std::size_t chosen =
      target ? data::column_named(file, columns, *target) : columns.count - 1;
  data::CsvOptions options;
  if (kind == TableTarget::classes) options.text_column = chosen;
  data::Table table = data::read_csv(file, options);
  TableRows rows{.file = file.string(), .labels = std::move(table.texts), .lines = table.lines};
  std::int64_t next = 0;
  for (std::size_t i = 0; i < columns.count; ++i) {
    const std::string number = std::to_string(i + 1);
    TableColumn column =
        columns.names.empty()
            ? TableColumn{.name = number, .place = "column " + number}
            : TableColumn{.name = columns.names[i],
                          .place = fmt::format("column {} ({})", number, columns.names[i])};
    const bool is_label = i == chosen && kind == TableTarget::classes;
    if (!is_label) column.values = column_of(table.values, next++);
    if (i == chosen) {
      rows.target = std::move(column);
    } else {
      rows.inputs.push_back(std::move(column));
    }
  }
  return rows;
}

// The inputs [N, …] and the target [N] or [N, 1] of arrays.
TableRows rows_of(const std::string& file, const NamedTensor& inputs, const NamedTensor& target,
                  TableTarget kind) {
  TableRows rows{.file = file, .target = {.name = target.name, .place = target.name}};
  const Shape& shape = inputs.tensor.shape();
  const Shape& targets = target.tensor.shape();
  const bool one_each = targets.rank() >= 1 && targets.numel() == targets[0];
  if (shape.rank() < 1 || !one_each || targets[0] != shape[0]) {
    rows.fail(fmt::format("{} is of shape {} and {} of {}, expected [N, …] and [N]", inputs.name,
                          shape.to_string(), target.name, targets.to_string()));
  }
  const Tensor table = inputs.tensor.to(DType::float64).reshape({shape[0], shape.numel_from(1)});
  for (std::int64_t i = 0; i < table.shape()[1]; ++i) {
    rows.inputs.push_back({.name = std::to_string(i + 1),
                           .place = fmt::format("column {} of {}", i + 1, inputs.name),
                           .values = column_of(table, i)});
  }
  const DType type = target.tensor.dtype();
  if (kind == TableTarget::numbers) {
    rows.target.values = target.tensor.to_vector<double>();
    return rows;
  }
  if (type != DType::int64 && type != DType::uint8) {
    rows.fail(
        fmt::format("{}, the target, is of type {}, expected integers as classes; --task "
                    "regress predicts numbers",
                    target.name, to_string(type)));
  }
  for (const std::int64_t label : target.tensor.to_vector<std::int64_t>()) {
    rows.labels.push_back(std::to_string(label));
  }
  return rows;
}

// A number that is not finite has no place in any array; messages call it by its row.
void require_finite(const TableRows& rows, const TableColumn& column) {
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    if (std::isfinite(column.values[row])) continue;
    rows.fail(fmt::format("{}: {}: {}, expected a finite number", rows.place_of_row(row),
                          column.place, column.values[row]));
  }
}

TableRows read_arrays(const fs::path& file, const std::optional<std::string>& target,
                      TableTarget kind) {
  if (!target) {
    throw FileError(file.string(), "has the inputs; --target FILE.npy names the file of targets");
  }
  return rows_of(file.string(), {file.filename().string(), data::read_npy(file)},
                 {*target, data::read_npy(*target)}, kind);
}

// The first of the candidates that is among the names; empty where none is.
std::string first_of(const std::vector<std::string>& candidates,
                     const std::vector<std::string>& names) {
  for (const std::string& candidate : candidates) {
    if (std::find(names.begin(), names.end(), candidate) != names.end()) return candidate;
  }
  return {};
}

TableRows read_archive(const fs::path& file, const std::optional<std::string>& target,
                       TableTarget kind) {
  const std::vector<std::string> names = data::npz_names(file);
  const auto fail = [&](const std::string& what) {
    throw FileError(file.string(),
                    fmt::format("{}; its arrays are {}", what, fmt::join(names, ", ")));
  };
  const std::string chosen =
      first_of(target ? std::vector{*target} : std::vector<std::string>{"targets", "y"}, names);
  if (chosen.empty() && target) {
    const std::vector<std::size_t> nearest = io::nearest_names(*target, names, 1);
    fail(fmt::format(
        "has no array {}{}", io::quoted_name(*target),
        nearest.empty() ? "" : "; the nearest name is " + io::quoted_name(names[nearest.front()])));
  }
  if (chosen.empty()) fail("has no array \"targets\" or \"y\"; --target NAME names another");
  std::vector<std::string> others{"inputs", "x", "X"};
  std::erase(others, chosen);
  std::string inputs = first_of(others, names);
  if (inputs.empty() && names.size() == 2) inputs = names[names[0] == chosen ? 1 : 0];
  if (inputs.empty()) fail("has no array \"inputs\", \"x\" or \"X\" beside its target");
  const std::vector<NamedTensor> arrays = data::read_npz(file, {inputs, chosen});
  return rows_of(file.string(), arrays[0], arrays[1], kind);
}

}  // namespace

void TableRows::fail(const std::string& what) const { throw FileError(file, what); }

std::string TableRows::place_of_row(std::size_t row) const {
  return lines.empty() ? fmt::format("row {}", row + 1) : fmt::format("line {}", lines[row]);
}

bool is_table(const std::string& dataset) { return kind_of(dataset).has_value(); }

TableRows read_rows(const fs::path& file, const std::optional<std::string>& target,
                    TableTarget kind) {
  const Kind format = kind_of(file.string()).value_or(Kind::csv);
  TableRows rows = format == Kind::csv   ? read_text(file, target, kind)
                   : format == Kind::npy ? read_arrays(file, target, kind)
                                         : read_archive(file, target, kind);
  if (rows.inputs.empty()) rows.fail("has no inputs beside its target");
  for (const TableColumn& column : rows.inputs) require_finite(rows, column);
  require_finite(rows, rows.target);
  return rows;
}

}  // namespace credence::benchmarks
