// The rows of a table as training and test set.
#include "benchmarks/driver/tables.hpp"

#include "benchmarks/driver/table_rows.hpp"
#include "data/arrays.hpp"
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

// Throws where float32 cannot hold the column, and for a target that never changes.
void require_usable(const TableRows& rows, const TableColumn& column, bool is_target) {
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

void require_enough(const TableRows& rows) {
  if (rows.count() < kFewestRows) {
    rows.fail(
        fmt::format("has {}, expected at least {}", counted(rows.count(), "row"), kFewestRows));
  }
  for (const TableColumn& column : rows.inputs) require_usable(rows, column, false);
}

Tensor columns_of(const TableRows& rows) {
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

std::vector<std::string> names_of(const std::vector<TableColumn>& columns) {
  std::vector<std::string> names;
  for (const TableColumn& column : columns) names.push_back(column.name);
  return names;
}

// "table" for "folder/table.csv.gz".
std::string stem_of(const fs::path& file) {
  const fs::path name = file.extension() == ".gz" ? file.stem() : file.filename();
  return name.stem().string();
}

RunSets sets_of(const TableRows& rows, const data::Dataset& all, std::uint64_t seed) {
  const data::IndexSplit split = data::split(all, rows.count() / 5, Generator(seed).split("test"));
  RunSets sets =
      with_checksum(data::subset(all, split.train), data::subset(all, split.validation), rows.file);
  sets.columns = names_of(rows.inputs);
  sets.target = rows.target.name;
  return sets;
}

// In ascending order: by value where all are integers, else by bytes.
std::vector<std::string> sorted_classes(const TableRows& rows) {
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
void require_classes(const TableRows& rows, const std::vector<std::string>& classes) {
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
Tensor labels_of(const TableRows& rows, const std::vector<std::string>& classes) {
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

data::Dataset classified(const TableRows& rows, const fs::path& file,
                         const std::vector<std::string>& classes) {
  return data::arrays(columns_of(rows), labels_of(rows, classes),
                      {.name = stem_of(file),
                       .classes = static_cast<std::int64_t>(classes.size()),
                       .class_names = classes});
}

}  // namespace

RunSets table_sets(const fs::path& file, std::uint64_t seed,
                   const std::optional<std::string>& target) {
  const TableRows rows = read_rows(file, target, TableTarget::numbers);
  require_enough(rows);
  require_usable(rows, rows.target, true);
  const std::vector<float> y(rows.target.values.begin(), rows.target.values.end());
  return sets_of(
      rows,
      data::arrays(columns_of(rows), Tensor::from({rows.count(), 1}, y), {.name = stem_of(file)}),
      seed);
}

RunSets class_sets(const fs::path& file, std::uint64_t seed,
                   const std::optional<std::string>& target) {
  const TableRows rows = read_rows(file, target, TableTarget::classes);
  require_enough(rows);
  const std::vector<std::string> classes = sorted_classes(rows);
  require_classes(rows, classes);
  return sets_of(rows, classified(rows, file, classes), seed);
}

data::Dataset rows_to_evaluate(const fs::path& file, const std::vector<std::string>& columns,
                               const std::string& target,
                               const std::vector<std::string>& class_names) {
  const TableRows rows = read_rows(file, target, TableTarget::classes);
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
