// The options of credence-kernels and their help text.
#include "benchmarks/kernels/options.hpp"

#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/computing_options.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/kernels/ladders.hpp"
#include "benchmarks/kernels/selection.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"

#include <algorithm>

#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kFooter = R"(Problems:
  conv        benchdnn's notation: mb images, ic and oc channels, ih iw extents of the input, kh kw of
              the kernel, sh sw strides, ph pw padding, dh dw zeros between taps, g groups; id kd … with
              depth; what is left out: iw = ih, oh ow computed, stride 1, padding 0, g1, mb2
  matmul      MxKxN:nt, the product of A [M, K] and B [K, N], t where a factor is stored transposed
  pool        max pooling, in the notation of conv without oc
  pointwise   a function and how many elements: softplus:1e6; normal draws normal numbers

Examples:
  credence-kernels --threads 1 --out kernels
      everything on one thread: a table, kernels.json, kernels.png and .svg, kernels-bandwidth.png and .svg
  credence-kernels --threads 1 --conv mb64ic128oc256ih16kh3ph1 --pass 'forward,moments_*'
      a layer of your own, as a frequentist and as a Bayesian one
  credence-kernels --threads 1 --problems resnet50 --pass forward --filter '/(credence|onednn)$'
      the layers of ResNet-50, ours and oneDNN's
  credence-kernels --device cpu --filter '^matmul/512'
      products of 512 × 512 matrices: ours, OpenBLAS, oneDNN and the ladder from naive to fast
  credence-kernels --threads 1 --ladder winograd
      the steps from the definition of a convolution to our kernel, each beside the one before
  credence-kernels --threads 1 --problems resnet20 --rounds 24 --out new
      a run in 24 processes, for a comparison
  credence-kernels --compare old.json new.json --fail-if-slower 3%
      which cases became faster or slower between two such runs
  credence-kernels --threads 1 --problems resnet20 --baseline old-build/credence-kernels
      the same of two builds, which measure each case in turn
  credence-kernels --device cuda --out card
      the framework's kernels on a CUDA device, each compared with the CPU's before it is timed
  credence-kernels --list
      the names of all cases: kernel/shape/implementation
  credence-kernels --roofline kernels.json --out figure
      draws the figures of an earlier run

Options that begin with --benchmark_ are Google Benchmark's, such as --benchmark_min_time=SECONDS,
--benchmark_repetitions=N and --benchmark_format=json.
Exit status: 0 success, 1 failure at run time, wrong results or a case slower than --fail-if-slower,
2 wrong usage.)";

constexpr int kDefaultRounds = 10;

// "3%" as 0.03. Numbers without the sign are refused: 0.03 could mean both.
CLI::Validator percentage(double most) {
  const auto check = [most](std::string& text) -> std::string {
    const bool has_sign = !text.empty() && text.back() == '%';
    const auto value =
        parse_decimal<double>(std::string_view(text).substr(0, text.size() - (has_sign ? 1 : 0)));
    if (!has_sign || !value || *value <= 0 || *value > most) {
      return fmt::format("{} is no percentage above 0% and up to {}%", text, most);
    }
    text = fmt::format("{}", *value / 100);
    return {};
  };
  return CLI::Validator(check, "");
}

CLI::Option* add_percentage(CLI::App& app, const std::string& name, double& target, double most,
                            const std::string& description) {
  return app.add_option(name, target, description)
      ->transform(percentage(most))
      ->type_name("PERCENT");
}

// An option for problems of one kind, each parsed where it stands.
void add_problems(CLI::App& app, const std::string& kind, std::vector<Problem>& problems,
                  const std::string& description) {
  app.add_option_function<std::vector<std::string>>(
         "--" + kind,
         [&problems, kind](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             try {
               problems.push_back(parse_problem(kind, text));
             } catch (const ValueError& error) {
               throw CLI::ValidationError("--" + kind, error.what());
             }
           }
         },
         description)
      ->type_name("PROBLEM")
      ->expected(1)
      ->take_all();
}

void add_request(CLI::App& app, ProblemRequest& request) {
  add_problems(app, "conv", request.problems,
               "Time a convolution of this shape in place of the program's list; may be repeated, "
               "as may those below");
  add_problems(app, "matmul", request.problems, "Time a product of matrices");
  add_problems(app, "pool", request.problems, "Time max pooling");
  add_problems(app, "pointwise", request.problems, "Time a function of each element");
  app.add_option("--problems", request.lists,
                 "Time the problems that a file lists, one in each line (docs/benchmarking.md), or "
                 "a list that comes with the program: " +
                     fmt::format("{}", fmt::join(shipped_problem_lists(), ", ")))
      ->type_name("FILE|NAME")
      ->expected(1)
      ->take_all();
  app.add_option_function<std::string>(
         "--pass",
         [&request](const std::string& text) {
           try {
             request.passes = parse_passes(text);
           } catch (const ValueError& error) {
             throw CLI::ValidationError("--pass", error.what());
           }
         },
         "Which passes of these problems: forward, backward_data, backward_weight, and with "
         "moments_ in front those of a Bayesian layer; * for any end (default: the first three)")
      ->type_name("LIST");
}

void add_comparison(CLI::App& app, ComparisonOptions& comparison) {
  auto* const compare =
      app.add_option_function<std::vector<std::string>>(
             "--compare",
             [&comparison](const std::vector<std::string>& names) {
               comparison.old_run = names.at(0);
               comparison.new_run = names.at(1);
             },
             "Measure nothing, compare two runs: ratio of medians with a confidence interval, "
             "Mann-Whitney test, verdict")
          ->type_name("OLD NEW")
          ->expected(2);
  app.add_option("--baseline", comparison.baseline,
                 "Measure with another build of this program too, case by case in turn, and "
                 "compare")
      ->type_name("PROGRAM")
      ->excludes(compare);
  add_number(app, "--rounds", comparison.rounds, Bounds<int>{2, 1000},
             "Measure each case so often, each time in a process of its own: with --baseline "
             "(default: 10), or for a run that is to be compared")
      ->excludes(compare);
  add_percentage(app, "--margin", comparison.margin, 100,
                 "Differences up to this are not called faster or slower (default: 1%)");
  add_percentage(app, "--fail-if-slower", comparison.fail_if_slower, 1000,
                 "Exit with 1 where a case is slower by more than this");
}

// Google Benchmark's filter is --filter, which sees the names that the table prints.
void take_filter(Options& options) {
  constexpr std::string_view kFilter = "--benchmark_filter=";
  std::erase_if(options.benchmark, [&](const std::string& option) {
    if (!option.starts_with(kFilter)) return false;
    options.filter = option.substr(kFilter.size());
    return true;
  });
}

void add_measuring(CLI::App& app, MeasuringOptions& measuring) {
  add_percentage(app, "--precision", measuring.precision, 100,
                 "Time each case until the relative standard error of the mean is this small, for "
                 "10 seconds at most (default: by --benchmark_min_time alone)");
  app.add_flag("--cold", measuring.cold,
               "Time each case also with its inputs out of all caches: columns cold_us, cold/warm "
               "and cold_GB/s, the bandwidth that a read sees then");
  app.add_flag("--rotate", measuring.rotate,
               "Time each case also on copies of its operands in turn, together larger than the "
               "caches: columns rotate_us and rotate/warm");
  app.add_flag("--bitwise", measuring.bitwise,
               "Check that our kernels give the same bits twice, and with any number of threads "
               "from 1 to --threads");
  app.add_flag("--counters", measuring.counters,
               "Read the processor's counters, where the system allows it: cycles, instructions, "
               "operations per cycle and cache misses of a call");
  app.add_option(
         "--algorithm", measuring.algorithm,
         "Compute our convolutions by this algorithm of framework/cpu/convolution/plan.hpp; "
         "those that it cannot compute are left out and counted")
      ->type_name("NAME");
  app.add_option("--peaks-of", measuring.peaks_of,
                 "Take the machine's peaks from the JSON file of an earlier run")
      ->type_name("FILE");
}

void check(Options& options) {
  for (const std::string& extra : options.benchmark) {
    if (extra.rfind("--benchmark_", 0) != 0) throw CLI::ExtrasError({extra});
  }
  take_filter(options);
  try {
    NameFilter filter(options.filter);
  } catch (const ValueError& error) {
    throw CLI::ValidationError("--filter", error.what());
  }
  if (!options.request.ladder.empty()) {
    try {
      ladder_cases(options.request.ladder, options.request.problems, Device::cpu);
    } catch (const ValueError& error) {
      throw CLI::ValidationError("--ladder", error.what());
    }
  }
  const ComparisonOptions& comparison = options.comparison;
  if (comparison.fail_if_slower > 0 && comparison.old_run.empty() && comparison.baseline.empty()) {
    throw CLI::RequiresError("--fail-if-slower", "--compare or --baseline");
  }
  if (options.comparison.rounds > 0 && options.comparison.baseline.empty() && options.out.empty()) {
    throw CLI::RequiresError("--rounds", "--out or --baseline");
  }
  if (options.comparison.rounds == 0 && !options.comparison.baseline.empty()) {
    options.comparison.rounds = kDefaultRounds;
  }
  if (options.computing.threads == 0) return;
  if (options.computing.device == DeviceChoice::cuda) {
    throw CLI::ValidationError("--threads", "a CUDA device has none, they are the CPU's");
  }
  options.computing.device = DeviceChoice::cpu;
}

void add_options(CLI::App& app, Options& options) {
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
  add_request(app, options.request);
  app.add_option("--ladder", options.request.ladder,
                 "Only the steps from a kernel's definition to ours, in this order, with the ratio "
                 "to the step before: " +
                     fmt::format("{}", fmt::join(ladder_names(), ", ")) +
                     "; on the problems that are given, or on one of its own")
      ->type_name("NAME");
  app.add_option("--filter", options.filter,
                 "Only the cases in whose name, as the table prints it, the regular expression is "
                 "found; with - in front, the others")
      ->type_name("REGEX");
  app.add_flag("--list", options.list, "Measure nothing, print the names of the cases");
  add_measuring(app, options.measuring);
  add_comparison(app, options.comparison);
  app.add_option("--out", options.out, "Where to write results: PREFIX.json and figures")
      ->type_name("PREFIX");
  app.add_option("--roofline", options.roofline,
                 "Measure nothing, draw the figures of the JSON file of an earlier run")
      ->needs("--out")
      ->type_name("FILE");
  app.add_flag("--csv", options.csv, "Write PREFIX.csv too, a row for each repetition")
      ->needs("--out");
  app.add_flag("--junit", options.junit, "Write PREFIX.xml too, a test of JUnit for each case")
      ->needs("--out");
  app.add_flag("--force", options.force, "Replace files of that name; without it they are an error")
      ->needs("--out");
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  Options& options = line.options;
  options.command = command_text(argc, argv);
  options.arguments.assign(argv + 1, argv + argc);
  CLI::App app{"Times the framework's kernels, and rivals, against what the machine can do.",
               "credence-kernels"};
  add_options(app, options);
  try {
    app.parse(argc, argv);
    options.benchmark = app.remaining();
    check(options);
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

}  // namespace credence::benchmarks
