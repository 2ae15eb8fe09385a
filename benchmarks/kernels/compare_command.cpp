// The comparison of two runs or two builds, as the program prints it.
#include "benchmarks/kernels/compare_command.hpp"

#include "benchmarks/common/results_file.hpp"
#include "benchmarks/kernels/baseline.hpp"
#include "benchmarks/kernels/comparison.hpp"
#include "benchmarks/kernels/temporary_folder.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/standard_streams.hpp"

#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

// Prints a comparison; 1 where a case is slower by more than the user accepts.
int report_comparison(const Comparison& comparison, double fail_if_slower) {
  write_stdout(comparison_text(comparison));
  if (comparison.judgements.empty()) {
    write_stderr("credence-kernels: the runs have no case in common\n");
    return 1;
  }
  if (fail_if_slower == 0) return 0;
  const std::vector<std::string> slower = slower_cases(comparison, fail_if_slower);
  if (slower.empty()) return 0;
  write_stderr(fmt::format("credence-kernels: {} slower by more than {:g} %: {}\n",
                           counted(static_cast<std::int64_t>(slower.size()), "case"),
                           100 * fail_if_slower, fmt::join(slower, ", ")));
  return 1;
}

}  // namespace

int compare(const ComparisonOptions& options) {
  return report_comparison(compare_runs(read_measurements(options.old_run),
                                        read_measurements(options.new_run), options.margin),
                           options.fail_if_slower);
}

int compare_with_baseline(const Options& options, const Selection& selection) {
  const bool keeps = !options.out.empty();
  const TemporaryFolder temporary;
  const std::string prefix = keeps ? options.out : temporary.file("comparison");
  const std::string old_json = prefix + "-old.json";
  const std::string new_json = prefix + "-new.json";
  if (keeps) require_new({old_json, new_json}, options.force);
  measure_in_turn(options, selection, old_json, new_json,
                  [](const std::string& line) { write_stderr(line + "\n"); });
  ComparisonOptions comparison = options.comparison;
  comparison.old_run = old_json;
  comparison.new_run = new_json;
  return compare(comparison);
}

}  // namespace credence::benchmarks
