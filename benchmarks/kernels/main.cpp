// credence-kernels: its command line, its run and its files.
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/computing_options.hpp"
#include "benchmarks/common/device.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/kernels/peak.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "benchmarks/kernels/roofline.hpp"
#include "benchmarks/kernels/timing.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/core/parallel.hpp"
#include "framework/device/backend.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kFooter = R"(Examples:
  credence-kernels --threads 1 --out kernels
      everything on one thread: a table, kernels.json, kernels.png and .svg, kernels-bandwidth.png and .svg
  credence-kernels --device cpu --benchmark_filter='^matmul/512'
      products of 512 × 512 matrices: ours, OpenBLAS, oneDNN and the ladder from naive to fast
  credence-kernels --device cuda --out card
      the framework's kernels on a CUDA device, each compared with the CPU's before it is timed
  credence-kernels --benchmark_list_tests
      the names of all cases: kernel/shape/implementation
  credence-kernels --roofline kernels.json --out figure
      draws the figures of an earlier run

Options that begin with --benchmark_ are Google Benchmark's, such as --benchmark_min_time=SECONDS,
--benchmark_repetitions=N and --benchmark_format=json.
Exit status: 0 success, 1 failure at run time or wrong results, 2 wrong usage.)";

struct Options {
  Computing computing;
  std::string roofline;
  std::string out;
  bool force = false;                  // replaces files that are there
  std::string command;                 // as it was given
  std::vector<std::string> benchmark;  // options for Google Benchmark
};

struct CommandLine {
  Options options;
  bool done = false;
  int exit_status = 0;
};

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  Options& options = line.options;
  options.command = command_text(argc, argv);
  CLI::App app{"Times the framework's kernels, and rivals, against what the machine can do.",
               "credence-kernels"};
  app.footer(kFooter);
  app.allow_extras();
  add_version(app);
  add_device(app, options.computing.device, {"auto", "cpu", "cuda"},
             "What is measured: auto, cpu or cuda; auto: a CUDA device where there is one, unless "
             "--threads is given (default: auto)")
      // The names are in the description.
      ->get_validator(0)
      ->description("");
  add_threads(app, options.computing.threads,
              "Threads of the CPU that compute (default: all cores)");
  app.add_option("--out", options.out, "Where to write results: PREFIX.json and figures")
      ->type_name("PREFIX");
  app.add_option("--roofline", options.roofline,
                 "Measure nothing, draw the figures of the JSON file of an earlier run")
      ->needs("--out")
      ->type_name("FILE");
  app.add_flag("--force", options.force, "Replace files of that name; without it they are an error")
      ->needs("--out");
  try {
    app.parse(argc, argv);
    options.benchmark = app.remaining();
    for (const std::string& extra : options.benchmark) {
      if (extra.rfind("--benchmark_", 0) != 0) throw CLI::ExtrasError({extra});
    }
    if (options.computing.threads > 0) {
      if (options.computing.device == DeviceChoice::cuda) {
        throw CLI::ValidationError("--threads", "a CUDA device has none, they are the CPU's");
      }
      options.computing.device = DeviceChoice::cpu;
    }
  } catch (const CLI::Success& text) {  // help or version
    line.done = true;
    app.exit(text);
  } catch (const CLI::ParseError& error) {
    line.done = true;
    line.exit_status = 2;
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    write_stderr(fmt::format("credence-kernels: {} (--help shows the options)\n", message));
  }
  return line;
}

std::string or_not_built(const std::string& text) { return text.empty() ? "not built" : text; }

void add_peaks(const Peaks& peaks, const std::string& ending) {
  const auto add = [&](const std::string& name, double value) {
    benchmark::AddCustomContext(name + ending, fmt::format("{:.1f}", value));
  };
  add("peak_gflops", peaks.gflops);
  for (const Bandwidth& level : peaks.bandwidth) {
    add("bandwidth_" + level.level, level.best());
    std::string patterns;
    for (const Walk& walk : level.walks) {
      patterns +=
          fmt::format("{}{} {:.1f}", patterns.empty() ? "" : ", ", walk.name, walk.gigabytes);
    }
    benchmark::AddCustomContext(
        "bandwidth_" + level.level + "_patterns" + ending,
        fmt::format("{} on {:.1f} MiB", patterns, level.working_set / 1048576));
  }
}

// Measures the peaks, for one thread too where more are asked for, and says so in the results.
Peaks describe_cpu(DeviceChoice choice) {
  const Peaks peaks = measure_peaks(num_threads());
  if (choice == DeviceChoice::automatic) {
    benchmark::AddCustomContext("why_not_cuda", device::availability().description);
  }
  benchmark::AddCustomContext("processor", processor());
  benchmark::AddCustomContext("threads", std::to_string(num_threads()));
  benchmark::AddCustomContext("kernels", cpu_instruction_set());
  benchmark::AddCustomContext("peak_instruction_set", peaks.instruction_set);
  benchmark::AddCustomContext("openblas", or_not_built(openblas::version()));
  benchmark::AddCustomContext("onednn", or_not_built(onednn::version()));
  // Decides about oneDNN's time on several threads where others use the machine too.
  const char* const policy = std::getenv("OMP_WAIT_POLICY");
  benchmark::AddCustomContext("omp_wait_policy", policy == nullptr ? "default" : policy);
  add_peaks(peaks, "");
  if (num_threads() > 1) add_peaks(measure_peaks(1), "_one_thread");
  return peaks;
}

// The same of the CUDA device.
Peaks describe_cuda() {
  const DeviceSizes sizes = device_sizes();
  const Peaks peaks = measure_device_peaks(sizes);
  benchmark::AddCustomContext("device_name", device::availability().description);
  benchmark::AddCustomContext("device_cache_MiB", fmt::format("{:.1f}", sizes.cache / 1048576));
  benchmark::AddCustomContext("peak", fmt::format("products of {0} × {0} matrices", sizes.matrix));
  add_peaks(peaks, "");
  return peaks;
}

// What the cases run on. Their names are listed for a device that the machine does not have, too.
Device device_of(const Options& options, bool lists) {
  if (lists && options.computing.device == DeviceChoice::cuda) return Device::cuda;
  return chosen_device(options.computing.device);
}

Peaks describe_machine(DeviceChoice choice, Device device) {
  benchmark::AddCustomContext("device", to_string(device));
  return device == Device::cuda ? describe_cuda() : describe_cpu(choice);
}

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

void draw_figures(const std::string& json, const std::string& prefix) {
  const Measurements measurements = read_measurements(json);
  draw_roofline(measurements, prefix);
  draw_bandwidth(measurements, prefix + "-bandwidth");
}

int run(const Options& options) {
  std::vector<std::string> arguments{"credence-kernels", "--benchmark_counters_tabular=true",
                                     "--benchmark_min_time=0.2"};
  arguments.insert(arguments.end(), options.benchmark.begin(), options.benchmark.end());
  // Results of an earlier run stay until these are complete.
  const std::string json = options.out + ".json";
  const std::string partial = json + ".part";
  const bool lists = lists_only(options.benchmark);
  const bool writes = !options.out.empty() && !lists;
  if (writes) arguments.push_back("--benchmark_out=" + partial);
  if (!initialize(arguments)) return 2;
  if (writes) {
    std::vector<std::string> files = figure_files(options.out);
    files.push_back(json);
    require_new(files, options.force);
  }
  if (options.computing.threads > 0) set_num_threads(options.computing.threads);
  openblas::set_threads(num_threads());
  onednn::set_threads(num_threads());
  const Device device = device_of(options, lists);
  if (!lists) describe_program(options.command);
  const Peaks peaks = lists ? Peaks{} : describe_machine(options.computing.device, device);
  const auto disagreements = std::make_shared<Disagreements>();
  register_cases(device, peaks, disagreements);
  const bool matched = benchmark::RunSpecifiedBenchmarks() > 0;
  benchmark::Shutdown();
  if (!matched) {  // as Google Benchmark has said
    if (writes) std::filesystem::remove(partial);
    return 2;
  }
  if (writes) {
    std::filesystem::rename(partial, json);
    draw_figures(json, options.out);
  }
  if (disagreements->count == 0) return 0;
  write_stderr(fmt::format("credence-kernels: {} failed\n", counted(disagreements->count, "case")));
  return 1;
}

int act(const CommandLine& line) {
  if (line.done) return line.exit_status;
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
