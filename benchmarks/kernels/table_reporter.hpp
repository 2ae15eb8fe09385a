// The table of credence-kernels on the terminal.
#pragma once

#include "benchmarks/kernels/cases.hpp"

#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace credence::benchmarks {

/// A row for each case, under its name kernel/shape/implementation: the median of its repetitions.
/// After the rows, sums over the problems of each kernel, each problem times its count.
class TableReporter : public benchmark::BenchmarkReporter {
 public:
  /// `share_of_peak` is the counter "FMA%" or "product%"; `extra` are counters that are shown where
  /// a run has them, in this order. With `steps` a column says how many times as fast a row is as
  /// the row before it of the same kernel and shape.
  TableReporter(const std::vector<Case>& cases, std::string share_of_peak,
                std::vector<std::string> extra, bool steps);

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  struct Sum {
    double microseconds = 0;
    double flops = 0;
    std::int64_t problems = 0;
    std::int64_t calls = 0;
  };

  void print_header();
  void print_error(const std::string& name, const std::string& message);
  std::string step_text(const Case& item, double microseconds);
  void add_to_sum(const Case& item, double microseconds);

  std::map<std::string, Case> cases_;
  std::vector<std::string> columns_;
  bool steps_;
  std::string problem_before_;  // kernel and shape of the row before
  double time_before_ = 0;
  std::size_t name_width_ = 4;
  std::size_t algorithm_width_ = 0;
  bool has_header_ = false;
  bool counted_ = false;  // a problem occurs several times in its model
  int marked_ = 0;
  std::vector<std::pair<std::string, Sum>> sums_;  // by kernel/implementation
};

}  // namespace credence::benchmarks
