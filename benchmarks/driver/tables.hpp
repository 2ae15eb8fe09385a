// A user's own table, CSV or NumPy's arrays, as the data of a run: numbers to predict in task
// regress, classes in the others.
#pragma once

#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/options.hpp"
#include "benchmarks/driver/run_sets.hpp"
#include "zoo/scale.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// Whether --dataset names the file of a table, by its ending: .csv, .txt, .npy or .npz, and .csv,
/// .txt and .npy with .gz behind it.
bool is_table(const std::string& dataset);

/// "FILE.csv, FILE.npy or FILE.npz", for messages.
inline constexpr const char* kTableFiles = "FILE.csv, FILE.npy or FILE.npz";

// What a table's file has to be:
// - CSV: see data::read_csv. The target is the column of the name `target`, or without one the
//   last. The other columns are the inputs, in their order.
// - .npy: the inputs, [N, …] of numbers. `target` is the file of the targets, [N] or [N, 1].
// - .npz: the inputs are the array "inputs", else "x" or "X"; the target is the array of the name
//   `target`, or without one "targets", else "y". Where the archive has two arrays the inputs may
//   have any name.

/// The rows of a table with numbers as the target, a fifth of them as the test set, chosen by the
/// seed. Throws FileError as data::read_csv, read_npy and read_npz do, for a column or an array
/// that the file has not, and where the table has fewer than 10 rows or 2 columns, a target that is
/// the same in every row, or a column that float32 cannot hold or tell apart.
RunSets table_sets(const std::filesystem::path& file, std::uint64_t seed,
                   const std::optional<std::string>& target = {});

/// The same with classes as the target: texts, or integers. The classes are sorted, integers by
/// their value and texts by their bytes, and their names kept. Throws FileError too for a target of
/// numbers that are no integers, for one class alone, and where the rows have fewer than 2 of a
/// class on average.
RunSets class_sets(const std::filesystem::path& file, std::uint64_t seed,
                   const std::optional<std::string>& target = {});

/// All rows of a table for a model that was trained with these input columns, target and classes.
/// Throws FileError as class_sets does, where the columns are others, and for a class that is not
/// among these.
data::Dataset rows_to_evaluate(const std::filesystem::path& file,
                               const std::vector<std::string>& columns, const std::string& target,
                               const std::vector<std::string>& class_names);

/// Mean and deviation of each column of float32 values [N, D] at these rows. The deviation of a
/// column that is the same in all of them is 1.
zoo::Scale scale_of(const Tensor& values, const std::vector<std::int64_t>& rows);

/// How models of tables are trained unless options say otherwise. The numbers of rows differ, and
/// so do the steps of an epoch.
RecipeDefaults table_recipe();

/// Outputs of the hidden layers of a model of a table, without --widths.
inline const std::vector<std::int64_t> kTableWidths{50, 50};

}  // namespace credence::benchmarks
