// credence-kernels: its run and its files.
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/kernels/baseline.hpp"
#include "benchmarks/kernels/compare_command.hpp"
#include "benchmarks/kernels/comparison.hpp"
#include "benchmarks/kernels/machine.hpp"
#include "benchmarks/kernels/options.hpp"
#include "benchmarks/kernels/results.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "benchmarks/kernels/roofline.hpp"
#include "benchmarks/kernels/selection.hpp"
#include "benchmarks/kernels/table_reporter.hpp"
#include "benchmarks/kernels/timing.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/core/parallel.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// Google Benchmark's own reading of its options, whose texts it goes on using; false where it does
// not know one.
bool initialize(std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  auto count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  return !benchmark::ReportUnrecognizedArguments(count, pointers.data());
}

bool lists_only(const std::vector<std::string>& options) {
  return std::any_of(options.begin(), options.end(), [](const std::string& option) {
    return option.rfind("--benchmark_list_tests", 0) == 0 &&
           option.find("=false") == std::string::npos;
  });
}

// The program, the command and where it runs; Google Benchmark has the date itself.
void describe_program(const std::string& command) {
  for (const auto& [name, value] : provenance("credence-kernels", command)) {
    benchmark::AddCustomContext("program_" + name, value);
  }
}

std::vector<std::string> figure_files(const std::string& prefix) {
  return {prefix + ".png", prefix + ".svg", prefix + "-bandwidth.png", prefix + "-bandwidth.svg"};
}

std::vector<std::string> files_of(const Options& options) {
  std::vector<std::string> files = figure_files(options.out);
  files.push_back(options.out + ".json");
  if (options.csv) files.push_back(options.out + ".csv");
  if (options.junit) files.push_back(options.out + ".xml");
  return files;
}

void draw_figures(const std::string& json, const std::string& prefix) {
  const Measurements measurements = read_measurements(json);
  draw_roofline(measurements, prefix);
  draw_bandwidth(measurements, prefix + "-bandwidth");
}

// Google Benchmark's arguments: ours first, so that the user's overrule them. Its own filter is
// ours.
std::vector<std::string> benchmark_arguments(const Options& options, const std::string& partial) {
  std::vector<std::string> arguments{"credence-kernels", "--benchmark_min_time=0.2"};
  arguments.insert(arguments.end(), options.benchmark.begin(), options.benchmark.end());
  if (!partial.empty()) arguments.push_back("--benchmark_out=" + partial);
  return arguments;
}

// The counters of the options, in the order of the table's columns.
std::vector<std::string> extra_columns(const MeasuringOptions& measuring, bool has_counters) {
  std::vector<std::string> columns;
  const auto add = [&](std::initializer_list<const char*> names) {
    columns.insert(columns.end(), names.begin(), names.end());
  };
  if (measuring.cold) add({"cold_us", "cold/warm", "cold_GB/s"});
  if (measuring.rotate) add({"rotate_us", "rotate/warm"});
  if (has_counters) add({"cycles", "flop/cycle", "IPC", "L1_misses", "LL_misses"});
  return columns;
}

// The table, unless the user has asked for one of Google Benchmark's formats.
std::unique_ptr<TableReporter> table_for(const Options& options, const Selection& selection,
                                         Device device, bool has_counters) {
  for (const std::string& option : options.benchmark) {
    if (option.starts_with("--benchmark_format=")) return nullptr;
  }
  const bool steps = !options.request.ladder.empty();
  if (device == Device::cuda) {
    return std::make_unique<TableReporter>(selection.cases, "product%",
                                           std::vector<std::string>{"host_us"}, steps);
  }
  return std::make_unique<TableReporter>(selection.cases, "FMA%",
                                         extra_columns(options.measuring, has_counters), steps);
}

int list(const Selection& selection) {
  std::string text;
  for (const Case& item : selection.cases) text += item.name() + "\n";
  write_stdout(text);
  return 0;
}

void print_remarks(const Selection& selection) {
  for (const std::string& remark : selection.remarks) {
    write_stderr("credence-kernels: " + remark + "\n");
  }
}

int report_failures(Failures& failures) {
  std::vector<std::string>& names = failures.names;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.empty()) return 0;
  write_stderr(fmt::format("credence-kernels: {} failed\n",
                           counted(static_cast<std::int64_t>(names.size()), "case")));
  return 1;
}

// The processor's counters where they are asked for and there are some.
std::shared_ptr<const HardwareCounters> open_counters(const Options& options) {
  if (!options.measuring.counters) return nullptr;
  auto counters = std::make_shared<const HardwareCounters>();
  benchmark::AddCustomContext("counters", counters->unavailable().empty()
                                              ? "of user mode, for one call"
                                              : counters->unavailable());
  if (counters->unavailable().empty()) return counters;
  write_stderr("credence-kernels: no counters: " + counters->unavailable() + "\n");
  return nullptr;
}

TimingOptions timing_options(const Options& options, const Machine& machine, Device device) {
  TimingOptions timing{.one_thread_gflops = machine.one_thread_gflops};
  timing.sampling.precision = options.measuring.precision;
  if (device == Device::cuda) return timing;
  if (options.measuring.bitwise) timing.bitwise_threads = num_threads();
  timing.rotate = options.measuring.rotate;
  // The largest level that is not unlimited.
  for (const Bandwidth& level : machine.peaks.bandwidth) {
    if (std::isfinite(level.capacity)) timing.last_level = level.capacity;
  }
  if (options.measuring.cold) {
    timing.eraser = std::make_shared<const CacheEraser>(timing.last_level);
  }
  return timing;
}

void write_results(const Options& options, const std::string& partial,
                   const std::vector<Case>& cases) {
  const std::string json = options.out + ".json";
  complete_results(partial, json, cases, options);
  std::filesystem::remove(partial);
  if (options.csv) write_csv(json, options.out + ".csv");
  if (options.junit) write_junit(json, options.out + ".xml");
  draw_figures(json, options.out);
}

void say(const std::string& line) { write_stderr(line + "\n"); }

// A run in several processes: its files, and the medians.
int measure_rounds(const Options& options, const Selection& selection) {
  const std::string partial = options.out + ".json.part";
  measure_in_rounds(options, partial, say);
  write_results(options, partial, selection.cases);
  write_stdout(medians_text(read_measurements(options.out + ".json")));
  return 0;
}

int measure(const Options& options, const Selection& selection, Device device, bool lists) {
  // Results of an earlier run stay until these are complete.
  const std::string partial = options.out + ".json.part";
  const bool writes = !options.out.empty() && !lists;
  if (!lists) describe_program(options.command);
  // Before any thread of the kernels is there, so that they are counted.
  const auto counters = open_counters(options);
  const Machine machine = lists ? Machine{} : describe_machine(options, device);
  const auto failures = std::make_shared<Failures>();
  TimingOptions timing = timing_options(options, machine, device);
  timing.counters = counters;
  register_cases(selection.cases, selection.references, device, machine.peaks, timing, failures);
  const auto table = table_for(options, selection, device, counters != nullptr);
  if (!lists && device == Device::cpu) write_stderr(remarks_on_rivals());
  benchmark::RunSpecifiedBenchmarks(table.get());
  benchmark::Shutdown();
  if (writes) write_results(options, partial, selection.cases);
  return report_failures(*failures);
}

// Hands --algorithm on to the kernels, which read it at their first call; false where there is none
// of this name, as is then said.
bool take_algorithm(const std::string& algorithm) {
  if (algorithm.empty()) return true;
  setenv("CREDENCE_CONVOLUTION", algorithm.c_str(), 1);
  try {
    cpu_convolution_algorithm({}, Pass::forward);
    return true;
  } catch (const ValueError& error) {
    write_stderr(fmt::format("credence-kernels: --algorithm: {}\n", error.what()));
    return false;
  }
}

int run(const Options& options) {
  const bool lists = lists_only(options.benchmark);
  const bool turns = !options.comparison.baseline.empty();
  const bool rounds = !turns && options.comparison.rounds > 0;
  const bool writes = !options.out.empty() && !lists && !turns;
  if (!take_algorithm(options.measuring.algorithm)) return 2;
  std::vector<std::string> arguments =
      benchmark_arguments(options, writes && !rounds ? options.out + ".json.part" : "");
  if (!initialize(arguments)) return 2;
  if (writes) require_new(files_of(options), options.force);
  if (options.computing.threads > 0) set_num_threads(options.computing.threads);
  openblas::set_threads(num_threads());
  onednn::set_threads(num_threads());
  const Device device = device_of(options, lists || options.list);
  const Selection selection = select_cases(options, device);
  print_remarks(selection);
  if (selection.cases.empty()) {
    write_stderr("credence-kernels: there is no case that --filter lets pass\n");
    return 2;
  }
  if (options.list) return list(selection);
  if (turns) return compare_with_baseline(options, selection);
  if (rounds) return measure_rounds(options, selection);
  return measure(options, selection, device, lists);
}

int act(const CommandLine& line) {
  if (line.done) return line.exit_status;
  if (!line.options.comparison.old_run.empty()) return compare(line.options.comparison);
  if (line.options.roofline.empty()) return run(line.options);
  require_new(figure_files(line.options.out), line.options.force);
  draw_figures(line.options.roofline, line.options.out);
  return 0;
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  using namespace credence::benchmarks;
  const auto body = [&] { return act(parse_command_line(argc, argv)); };
  return credence::run_program("credence-kernels", body);
}
