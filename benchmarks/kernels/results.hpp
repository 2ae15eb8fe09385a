// The files of a run besides its figures.
#pragma once

#include "benchmarks/kernels/selection.hpp"

#include <filesystem>

namespace credence::benchmarks {

/// Completes Google Benchmark's JSON file `partial` and writes it as `json`: numbers of the context
/// become numbers; each run gets its kernel, shape, implementation, algorithm, count, tolerance and
/// `reproduce`, the command that times it alone. Throws FileError.
void complete_results(const std::filesystem::path& partial, const std::filesystem::path& json,
                      const std::vector<Case>& cases, const Options& options);

/// The runs of a JSON file as a table, a row for each repetition, numbers and texts as in the JSON.
void write_csv(const std::filesystem::path& json, const std::filesystem::path& csv);

/// The cases of a JSON file as JUnit's XML: a suite for each kernel, failures with their message.
void write_junit(const std::filesystem::path& json, const std::filesystem::path& xml);

}  // namespace credence::benchmarks
