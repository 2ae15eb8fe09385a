// The rows of a table as training and test set.
#include "benchmarks/driver/tables.hpp"

#include "data/arrays.hpp"
#include "data/csv.hpp"
#include "data/npz.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/io/nearest_names.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFewestRows = 10;
// A column that varies by a smaller share of its size has fewer than 170 different values in
// float32, whose numbers have 24 bits.
constexpr double kLeastVariation = 1e-5;

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

// A column of numbers, and what messages call it: "column 2 (y)".
struct Column {
  std::string name{};
  std::string place{};
  std::vector<double> values{};
};

// What a file has: inputs and, as asked for, a target of numbers or of classes.
struct Rows {
  std::string file{};
  std::vector<Column> inputs{};
  Column target{};                    // without values where it has labels
  std::vector<std::string> labels{};  // of each row
  std::vector<std::int64_t> lines{};  // of the rows in the file; of arrays empty

  std::int64_t count() const {
    return static_cast<std::int64_t>(labels.empty() ? target.values.size() : labels.size());
  }
  [[noreturn]] void fail(const std::string& what) const { throw FileError(file, what); }
  // "line 3" of a text, "row 3" of arrays, for row 2.
  std::string place_of_row(std::size_t row) const {
    return lines.empty() ? fmt::format("row {}", row + 1) : fmt::format("line {}", lines[row]);
  }
};

// What is read as the target.
enum class Target : std::uint8_t { numbers, classes };

std::vector<double> column_of(const Tensor& table, std::int64_t column) {
  const std::int64_t columns = table.shape()[1];
  std::vector<double> values;
  for (std::int64_t row = 0; row < table.shape()[0]; ++row) {
    values.push_back(table.data<double>()[row * columns + column]);
  }
  return values;
}

Rows read_text(const fs::path& file, const std::optional<std::string>& target, Target kind) {
  const data::CsvColumns columns = data::read_csv_columns(file);
  if (columns.count < 2) {
    throw FileError(file.string(), "has 1 column, expected inputs and, in the last, the target");
  }
  const std::size_t chosen =
      target ? data::column_named(file, columns, *target) : columns.count - 1;
  data::CsvOptions options;
  if (kind == Target::classes) options.text_column = chosen;
  data::Table table = data::read_csv(file, options);
  Rows rows{.file = file.string(), .labels = std::move(table.texts), .lines = table.lines};
  std::int64_t next = 0;
  for (std::size_t i = 0; i < columns.count; ++i) {
    const std::string number = std::to_string(i + 1);
    Column column = columns.names.empty()
                        ? Column{.name = number, .place = "column " + number}
                        : Column{.name = columns.names[i],
                                 .place = fmt::format("column {} ({})", number, columns.names[i])};
    const bool is_label = i == chosen && kind == Target::classes;
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
Rows rows_of(const std::string& file, const NamedTensor& inputs, const NamedTensor& target,
             Target kind) {
  Rows rows{.file = file, .target = {.name = target.name, .place = target.name}};
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
  if (kind == Target::numbers) {
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
void require_finite(const Rows& rows, const Column& column) {
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    if (std::isfinite(column.values[row])) continue;
    rows.fail(fmt::format("{}: {}: {}, expected a finite number", rows.place_of_row(row),
                          column.place, column.values[row]));
  }
}

Rows read_arrays(const fs::path& file, const std::optional<std::string>& target, Target kind) {
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

Rows read_archive(const fs::path& file, const std::optional<std::string>& target, Target kind) {
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

// Throws where float32 cannot hold the column, and for a target that never changes.
void require_usable(const Rows& rows, const Column& column, bool is_target) {
  const auto [low, high] = std::minmax_element(column.values.begin(), column.values.end());
  const double least = *low;
  const double most = *high;
  const double size = std::max(std::abs(least), std::abs(most));
  if (size > static_cast<double>(std::numeric_limits<float>::max())) {
    rows.fail(column.place + " has numbers that float32 cannot hold");
  }
  if (least == most && is_target) {
    rows.fail(column.place + ", the target, is the same in every row");
  }
  if (least < most && most - least < kLeastVariation * size) {
    rows.fail(
        fmt::format("{} varies by {:g} in numbers up to {:g}, which float32 cannot tell "
                    "apart; subtract a constant from it",
                    column.place, most - least, size));
  }
}

Rows read_rows(const fs::path& file, const std::optional<std::string>& target, Target kind) {
  const Kind format = kind_of(file.string()).value_or(Kind::csv);
  Rows rows = format == Kind::csv   ? read_text(file, target, kind)
              : format == Kind::npy ? read_arrays(file, target, kind)
                                    : read_archive(file, target, kind);
  if (rows.inputs.empty()) rows.fail("has no inputs beside its target");
  for (const Column& column : rows.inputs) require_finite(rows, column);
  require_finite(rows, rows.target);
  return rows;
}

void require_enough(const Rows& rows) {
  if (rows.count() < kFewestRows) {
    rows.fail(
        fmt::format("has {}, expected at least {}", counted(rows.count(), "row"), kFewestRows));
  }
  for (const Column& column : rows.inputs) require_usable(rows, column, false);
}

Tensor inputs_of(const Rows& rows) {
  const auto columns = static_cast<std::int64_t>(rows.inputs.size());
  const Tensor x = Tensor::empty({rows.count(), columns});
  for (std::int64_t i = 0; i < columns; ++i) {
    const std::vector<double>& values = rows.inputs[static_cast<std::size_t>(i)].values;
    for (std::int64_t row = 0; row < rows.count(); ++row) {
      x.data<float>()[row * columns + i] =
          static_cast<float>(values[static_cast<std::size_t>(row)]);
    }
  }
  return x;
}

std::vector<std::string> names_of(const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  return names;
}

// "table" for "folder/table.csv.gz".
std::string stem_of(const fs::path& file) {
  const fs::path name = file.extension() == ".gz" ? file.stem() : file.filename();
  return name.stem().string();
}

RunSets sets_of(const Rows& rows, const data::Dataset& all, std::uint64_t seed) {
  const data::IndexSplit split = data::split(all, rows.count() / 5, Generator(seed).split("test"));
  RunSets sets =
      with_checksum(data::subset(all, split.train), data::subset(all, split.validation), rows.file);
  sets.columns = names_of(rows.inputs);
  sets.target = rows.target.name;
  return sets;
}

// In ascending order: by value where all are integers, else by bytes.
std::vector<std::string> sorted_classes(const Rows& rows) {
  std::vector<std::string> classes = rows.labels;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  const auto integer = [](const std::string& text) { return parse_decimal<std::int64_t>(text); };
  const auto is_integer = [&](const std::string& text) { return integer(text).has_value(); };
  if (std::all_of(classes.begin(), classes.end(), is_integer)) {
    std::stable_sort(
        classes.begin(), classes.end(),
        [&](const std::string& a, const std::string& b) { return *integer(a) < *integer(b); });
  }
  return classes;
}

// A target of numbers that are no integers is meant for task regress.
void require_classes(const Rows& rows, const std::vector<std::string>& classes) {
  const auto is_number = [](const std::string& text) {
    return parse_decimal<double>(text).has_value();
  };
  const auto is_fraction = [&](const std::string& text) {
    return is_number(text) && !parse_decimal<std::int64_t>(text);
  };
  const auto fraction = std::find_if(rows.labels.begin(), rows.labels.end(), is_fraction);
  if (fraction != rows.labels.end() && std::all_of(classes.begin(), classes.end(), is_number)) {
    const auto row = static_cast<std::size_t>(fraction - rows.labels.begin());
    rows.fail(
        fmt::format("{}: {}: \"{}\", expected texts or integers as classes; --task regress "
                    "predicts numbers",
                    rows.place_of_row(row), rows.target.place, *fraction));
  }
  if (classes.size() < 2) {
    rows.fail(fmt::format("{}, the target, is \"{}\" in every row, expected at least 2 classes",
                          rows.target.place, classes.front()));
  }
  if (classes.size() * 2 > rows.labels.size()) {
    rows.fail(
        fmt::format("{}, the target, has {} classes in {} rows, expected at least 2 rows of "
                    "each on average",
                    rows.target.place, classes.size(), rows.labels.size()));
  }
}

// The labels as numbers of these classes. Throws for one that is not among them.
Tensor labels_of(const Rows& rows, const std::vector<std::string>& classes) {
  std::map<std::string, std::int64_t> numbers;
  for (const std::string& name : classes) {
    numbers.emplace(name, static_cast<std::int64_t>(numbers.size()));
  }
  std::vector<std::int64_t> labels;
  for (std::size_t row = 0; row < rows.labels.size(); ++row) {
    const auto found = numbers.find(rows.labels[row]);
    if (found == numbers.end()) {
      rows.fail(fmt::format("{}: {}: {}, expected one of the model's classes: {}",
                            rows.place_of_row(row), rows.target.place,
                            io::quoted_name(rows.labels[row]), fmt::join(classes, ", ")));
    }
    labels.push_back(found->second);
  }
  return Tensor::from({rows.count()}, labels);
}

data::Dataset classified(const Rows& rows, const fs::path& file,
                         const std::vector<std::string>& classes) {
  return data::arrays(inputs_of(rows), labels_of(rows, classes),
                      {.name = stem_of(file),
                       .classes = static_cast<std::int64_t>(classes.size()),
                       .class_names = classes});
}

}  // namespace

bool is_table(const std::string& dataset) { return kind_of(dataset).has_value(); }

RunSets table_sets(const fs::path& file, std::uint64_t seed,
                   const std::optional<std::string>& target) {
  const Rows rows = read_rows(file, target, Target::numbers);
  require_enough(rows);
  require_usable(rows, rows.target, true);
  const std::vector<float> y(rows.target.values.begin(), rows.target.values.end());
  return sets_of(
      rows,
      data::arrays(inputs_of(rows), Tensor::from({rows.count(), 1}, y), {.name = stem_of(file)}),
      seed);
}

RunSets class_sets(const fs::path& file, std::uint64_t seed,
                   const std::optional<std::string>& target) {
  const Rows rows = read_rows(file, target, Target::classes);
  require_enough(rows);
  const std::vector<std::string> classes = sorted_classes(rows);
  require_classes(rows, classes);
  return sets_of(rows, classified(rows, file, classes), seed);
}

data::Dataset rows_to_evaluate(const fs::path& file, const std::vector<std::string>& columns,
                               const std::string& target,
                               const std::vector<std::string>& class_names) {
  const Rows rows = read_rows(file, target, Target::classes);
  const std::vector<std::string> names = names_of(rows.inputs);
  if (names != columns) {
    rows.fail(fmt::format("has the inputs {}, expected those of the model: {}",
                          fmt::join(names, ", "), fmt::join(columns, ", ")));
  }
  return classified(rows, file, class_names);
}

zoo::Scale scale_of(const Tensor& values, const std::vector<std::int64_t>& rows) {
  const std::int64_t columns = values.shape()[1];
  zoo::Scale scale{{}, {}};
  for (std::int64_t column = 0; column < columns; ++column) {
    const auto value = [&](std::int64_t row) {
      return static_cast<double>(values.data<float>()[row * columns + column]);
    };
    const auto count = static_cast<double>(rows.size());
    double mean = 0;
    for (const std::int64_t row : rows) mean += value(row) / count;
    double variance = 0;
    for (const std::int64_t row : rows) variance += std::pow(value(row) - mean, 2) / count;
    const auto deviation = static_cast<float>(std::sqrt(variance));
    scale.mean.push_back(static_cast<float>(mean));
    scale.deviation.push_back(deviation > 0 ? deviation : 1);
  }
  return scale;
}

RecipeDefaults table_recipe() {
  return {
      .batch_size = 32,
      .from_random = {100, 2e-3, 5e-3},
      .from_weights{},
      // With softplus, the Bayesian family's own, the net of a few hundred rows stays nearly
      // linear.
      .bayesian = {.activation = nn::Activation::relu(), .variational = {.posterior = "gaussian"}}};
}

}  // namespace credence::benchmarks
